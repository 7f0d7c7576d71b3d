import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import OptionError
from chainrule.train.data.batches import Batches, epoch_order


def epoch(batches: Batches, number: int, start: int = 0, most: int = 3) -> list[np.ndarray]:
    """The batches of an epoch from one on, taken some at a time."""
    order, found = epoch_order(batches.rows, batches.seed, number), []
    while start + len(found) < batches.per_epoch:
        chunk = batches.chunk(order, start + len(found), most)
        assert 1 <= len(chunk) <= most
        found += list(chunk)
    return found


@given(st.integers(1, 60), st.data())
def test_every_row_once_in_each_epoch(rows: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(1, rows))
    batches = Batches(rows, size, seed=data.draw(st.integers(0, 9)))
    parts = epoch(batches, 3)
    assert len(parts) == batches.per_epoch
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert sorted(np.concatenate(parts).tolist()) == list(range(rows))


@given(st.integers(0, 12))
def test_an_epoch_can_be_continued_from_any_batch(start: int) -> None:
    batches = Batches(25, 2, seed=1)
    whole = [part.tolist() for part in epoch(batches, 5)]
    assert [part.tolist() for part in epoch(batches, 5, start)] == whole[start:]


def test_order_depends_on_seed_and_epoch_only() -> None:
    orders = [tuple(epoch_order(50, s, e)) for s, e in itertools.product(range(4), range(4))]
    assert len(set(orders)) == 16
    assert orders == [
        tuple(epoch_order(50, s, e)) for s, e in itertools.product(range(4), range(4))
    ]
    assert epoch_order(6, 3, 2).tolist() == np.random.default_rng([3, 2]).permutation(6).tolist()


def test_sizes() -> None:
    assert Batches(10, "full").size == 10
    assert Batches(10).size == 10
    assert Batches(100).size == 32
    assert Batches(100).per_epoch == 4
    assert Batches(10, 1).per_epoch == 10


@pytest.mark.parametrize("size", [0, -3, 11, 2.5, True, "half"])
def test_sizes_out_of_range(size: object) -> None:
    with pytest.raises(OptionError, match="batch size: expected"):
        Batches(10, size)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", [-1, 1.5, "x"])
def test_seeds_out_of_range(seed: object) -> None:
    with pytest.raises(OptionError, match="seed: expected"):
        Batches(10, 2, seed)  # type: ignore[arg-type]
