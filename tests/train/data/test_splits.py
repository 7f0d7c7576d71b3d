import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import DataError, OptionError
from chainrule.train.data.splits import Split, split_rows

fractions = st.sampled_from([0.0, 0.1, 0.2, 0.5])


def together(parts: Split) -> list[int]:
    return np.concatenate([parts.train, parts.validation, parts.test]).tolist()


@given(st.integers(12, 80), fractions, fractions, st.integers(0, 2**70))
def test_every_row_is_in_one_part(rows: int, test: float, validation: float, seed: int) -> None:
    parts = split_rows(rows, test_fraction=test, validation_fraction=validation, seed=seed)
    assert sorted(together(parts)) == list(range(rows))
    assert (len(parts.test) == 0) == (test == 0)
    assert (len(parts.validation) == 0) == (validation == 0)


@given(st.lists(st.integers(5, 40), min_size=2, max_size=6), st.integers(0, 99))
def test_classes_keep_their_shares(counts: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    parts = split_rows(len(labels), labels=labels, seed=seed)
    assert sorted(together(parts)) == list(range(len(labels)))
    assert set(labels[parts.train]) == set(range(len(counts)))
    # when the part was not enlarged for the number of classes, shares are exact to within a row
    size = len(parts.test)
    for label, count in enumerate(counts):
        share = count * size / len(labels)
        assert abs((labels[parts.test] == label).sum() - share) <= 1


def test_a_pure_function_of_the_seed() -> None:
    one, two, other = (split_rows(50, seed=seed) for seed in (3, 3, 4))
    assert together(one) == together(two)
    assert together(one) != together(other)


def test_the_test_part_does_not_depend_on_the_validation_part() -> None:
    one, two = split_rows(50, validation_fraction=0), split_rows(50, validation_fraction=0.3)
    assert one.test.tolist() == two.test.tolist()


def test_tiny_parts_hold_every_class() -> None:
    labels = np.repeat([0, 1, 2], 4)
    parts = split_rows(12, labels=labels)
    for rows in (parts.train, parts.validation, parts.test):
        assert set(labels[rows]) == {0, 1, 2}


def test_too_few_rows_of_a_class() -> None:
    labels = np.array([0] * 20 + [1] * 2)
    parts = split_rows(22, labels=labels, classes=("cat", "dog"))
    assert parts.rare(("cat", "dog")) == {"dog": 2}
    assert {20, 21} <= set(parts.train.tolist())
    common = split_rows(20, labels=labels[:20])
    assert parts.test.tolist() == common.test.tolist()
    assert parts.validation.tolist() == common.validation.tolist()
    both = split_rows(22, labels=labels, validation_fraction=0)
    assert set(labels[both.train]) == {0, 1}
    assert both.rare(("cat", "dog")) == {}


def test_too_few_rows_of_most_classes() -> None:
    labels = np.array([0] * 9 + list(range(1, 11)))
    with pytest.raises(DataError, match=r"at least 3 rows of most classes.*'1' \(1\)"):
        split_rows(19, labels=labels)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_too_few_rows(rows: int) -> None:
    with pytest.raises(DataError, match="enough rows"):
        split_rows(rows)


def test_too_few_rows_for_the_classes() -> None:
    with pytest.raises(DataError, match="enough rows"):
        split_rows(6, labels=np.array([0, 0, 0, 1, 1, 1]), test_fraction=0.9)


@pytest.mark.parametrize("fraction", [-0.1, 1.0, 2.0, float("nan")])
def test_fractions_out_of_range(fraction: float) -> None:
    with pytest.raises(OptionError, match="test fraction"):
        split_rows(50, test_fraction=fraction)
    with pytest.raises(OptionError, match="validation fraction"):
        split_rows(50, validation_fraction=fraction)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_invalid_seeds(seed: object) -> None:
    with pytest.raises(OptionError, match="seed"):
        split_rows(50, seed=seed)  # type: ignore[arg-type]


def test_the_split_of_a_seed_never_changes() -> None:
    """Runs made today are to be resumed by the versions of tomorrow."""
    parts = split_rows(20, seed=1, validation_fraction=0.2)
    assert parts.validation.tolist() == [4, 5, 9, 19]
    assert parts.test.tolist() == [1, 11, 13, 17]
