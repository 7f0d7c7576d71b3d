import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from safetensors.numpy import load, save

from chainrule.errors import RunError
from chainrule.train.storage.checkpoint import Checkpoint

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
tensors = arrays(
    st.sampled_from([np.float32, np.float64, np.int64, np.bool_]),
    array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
groups = st.dictionaries(names, tensors, max_size=3)


def example() -> Checkpoint:
    weights = np.arange(6.0).reshape(2, 3)
    return Checkpoint(
        {"0.weight": weights, "0.bias": np.zeros(2, np.float32)},
        {"1.mean": np.array(0.5)},
        {"moment1": np.ones(8), "moment2": np.full(8, 1e-300)},
        epoch=3,
        step=42,
        extra={"loss_sum": 0.1 + 0.2, "generator": {"state": 2**127 + 1}},
    )


@settings(deadline=None)
@given(groups, groups, groups, st.integers(0, 2**40))
def test_a_round_trip_keeps_every_bit(parameters: dict, buffers: dict, slots: dict, n: int) -> None:
    one = Checkpoint(parameters, buffers, slots, epoch=n, step=n + 1, extra={"n": n})
    two = Checkpoint.from_bytes(one.to_bytes())
    assert (two.epoch, two.step, two.extra) == (n, n + 1, {"n": n})
    for group in ("parameters", "buffers", "slots"):
        before, after = getattr(one, group), getattr(two, group)
        assert list(before) == list(after)
        for name, array in before.items():
            assert (after[name].dtype, after[name].shape) == (array.dtype, array.shape)
            assert after[name].tobytes() == array.tobytes()
            assert after[name].flags.writeable


def test_same_state_same_bytes() -> None:
    assert example().to_bytes() == example().to_bytes()


def test_extra_is_kept_exactly() -> None:
    keys = Checkpoint({}, extra={"a": {10: 1, 9: (2, 3)}}).to_bytes()
    assert Checkpoint.from_bytes(keys).extra == {"a": {"10": 1, "9": [2, 3]}}
    assert Checkpoint.from_bytes(example().to_bytes()).extra == example().extra


def test_arrays_of_any_layout() -> None:
    table = np.arange(12.0).reshape(3, 4)
    weights = {
        "t": table.T,
        "f": np.asfortranarray(table),
        "s": table[::2, 1:3],
        "b": table.astype(">f8"),
    }
    found = Checkpoint.from_bytes(Checkpoint(weights).to_bytes()).parameters
    for name, array in weights.items():
        np.testing.assert_array_equal(found[name], array)


def test_other_libraries_can_read_the_file() -> None:
    found = load(example().to_bytes())
    assert sorted(found) == [
        "buffers/1.mean",
        "parameters/0.bias",
        "parameters/0.weight",
        "slots/moment1",
        "slots/moment2",
    ]


def test_truncated_files_are_refused() -> None:
    content = example().to_bytes()
    for length in range(len(content)):
        with pytest.raises(RunError, match="got a truncated or damaged file") as caught:
            Checkpoint.from_bytes(content[:length])
        assert "\n" not in str(caught.value)


def test_a_flipped_bit_is_noticed() -> None:
    content = example().to_bytes()
    for i in range(len(content)):
        damaged = bytearray(content)
        damaged[i] ^= 0b100
        with pytest.raises(RunError) as caught:
            Checkpoint.from_bytes(bytes(damaged))
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated or damaged"),
        (b"PK\x03\x04 some other format", "truncated or damaged"),
        (save({"w": np.ones(2)}), "that chainrule did not write"),
        (save({"w": np.ones(2)}, metadata={"format": "pt"}), "that chainrule did not write"),
        (save({}, metadata={"chainrule": "{"}), "metadata that cannot be read"),
        (save({}, metadata={"chainrule": "[]"}), "metadata that cannot be read"),
        (save({}, metadata={"chainrule": json.dumps({"format": 2})}), "of a newer chainrule"),
        (
            save({}, metadata={"chainrule": json.dumps({"format": 1})}),
            "metadata that cannot be read",
        ),
    ],
)
def test_files_that_are_no_checkpoint(content: bytes, message: str) -> None:
    with pytest.raises(RunError, match=f"^model: expected a checkpoint.*{message}"):
        Checkpoint.from_bytes(content, "model")


def test_saving_takes_next_to_no_memory_besides_what_safetensors_takes():
    size = 8 * 2**20
    arrays = {"w": np.zeros(size // 8), "b": np.asarray(np.float32(2))}
    checkpoint = Checkpoint(arrays, slots={"m": np.zeros(size // 8)})
    checkpoint.to_bytes()  # imports
    tracemalloc.start()
    checkpoint.to_bytes()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # the bytes of each array; those of the file are not counted
    assert peak < 2.5 * size
