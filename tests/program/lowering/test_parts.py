"""Arrays that are written in parts have the numbers that NumPy puts there, each written once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, View
from chainrule.program.lowering.context import LoweringContext
from chainrule.program.lowering.in_place import write_in_place
from chainrule.program.lowering.parts import MAX_FILLS, Part, write_parts
from program.numpy_interpreter import run
from program.strided import entries

EXAMPLES = settings(max_examples=150, derandomize=True, database=None, deadline=None)


class Joined:
    """An array of a shape, written in parts that are computed before, as instructions."""

    def __init__(
        self,
        shape: tuple[int, ...],
        indices: list[Any],
        fill: float | None = None,
        *,
        dtype: Any = float,
        of_parts: Any = None,
    ) -> None:
        graph = cr.trace(lambda x: x, cr.spec(shape, dtype))
        self.node = graph.inputs[0]
        self.ctx = LoweringContext(graph, {self.node: Buffer("z", 1)}, np.dtype(float))
        self.parts: list[Part] = []
        self.given = {}
        expected, covered = np.zeros(shape), np.zeros(shape, bool)
        for i, index in enumerate(indices):
            values = np.asarray(np.random.default_rng(i).normal(size=expected[index].shape))
            kept = np.dtype(of_parts or dtype)
            source = Buffer(f"x{i}", values.size, kept, "input").whole(values.shape)
            self.given[source.buffer] = values.reshape(-1)
            if source.buffer.dtype.kind == "f" and values.size:
                source = self.ctx.elementwise("exp", [source], self.node)
                values = np.exp(values)
            self.parts.append(Part(index, source))
            expected[index] += values
            covered[index] = True
        self.expected = np.where(covered, expected, 0 if fill is None else fill)
        before = len(self.ctx.instructions)
        fills = None if fill is None else np.asarray(fill)
        self.out = write_parts(self.ctx, self.node, self.parts, shape, fills)
        self.written = self.ctx.instructions[before:]

    def values(self) -> np.ndarray:
        """The array, computed after parts have been moved to their place where that is possible."""
        assert self.out is not None
        write_in_place(self.ctx)
        constants = dict(self.ctx.constants.values())
        memory = run(self.ctx.instructions, {**self.given, **constants})
        empty = np.empty(self.out.buffer.size)
        return entries(self.out, memory.get(self.out.buffer, empty))


def indices(length: int) -> st.SearchStrategy[Any]:
    end = st.integers(0, length)
    slices = st.builds(slice, end, end, st.sampled_from([None, None, 2]))
    reverse = st.just(slice(None, None, -1))
    return slices | reverse | st.integers(-length, length - 1) if length else slices


@pytest.mark.parametrize(
    ("shape", "where", "fills"),
    [
        ((4,), [(slice(2),), (slice(2, 4),)], 0),
        ((4,), [(slice(2),), (slice(3, 4),)], 1),
        ((6, 6), [(slice(1, 5), slice(1, 5))], 4),  # around it
        ((6, 6), [(slice(0, 5), slice(1, 6))], 2),
        ((3, 4), [(1,)], 2),
        ((3, 4), [], 1),
        ((3, 4), [(slice(0),)], 1),  # a part of nothing
        ((0, 4), [], 0),
        ((2 * MAX_FILLS,), [(slice(1, None, 2),)], MAX_FILLS),
    ],
)
def test_each_entry_is_written_once(shape, where, fills):
    joined = Joined(shape, where, 0.5)
    filled = [one for one in joined.written if not one.attributes["part"]]
    assert len(filled) == fills
    assert sum(one.outputs[0].size for one in joined.written) == np.prod(shape)
    np.testing.assert_array_equal(joined.values(), joined.expected)
    # none of the parts is copied
    assert len(joined.ctx.instructions) == fills + sum(part.view.size > 0 for part in joined.parts)


def test_many_boxes_between_parts_are_filled_at_once():
    """The parts are then copied, as everything is written before."""
    joined = Joined((2 * MAX_FILLS + 1,), [(slice(1, None, 2),)], 0.5)
    assert [one.outputs[0].size for one in joined.written] == [2 * MAX_FILLS + 1, MAX_FILLS]
    np.testing.assert_array_equal(joined.values(), joined.expected)


def test_parts_that_overlap_are_added():
    joined = Joined((5,), [(slice(3),), (slice(2, 5),), (slice(4),)])
    names = [one.attributes["operation"].name for one in joined.written]
    assert names == ["copy", "copy", "add", "add"]
    np.testing.assert_array_equal(joined.values(), joined.expected)


def test_integers_are_copied_but_not_added():
    joined = Joined((5,), [(slice(2),), (slice(3, 5),)], 7, dtype=np.int64)
    assert {one.op for one in joined.written} == {"copy_items"}
    np.testing.assert_array_equal(joined.values(), joined.expected)
    joined = Joined((5,), [(slice(3),), (slice(2, 5),)], dtype=np.int64)
    assert (joined.out, joined.written) == (None, [])


@pytest.mark.parametrize(("dtype", "other"), [(float, np.int64), (np.int64, float)])
def test_numbers_of_another_dtype_are_not_written(dtype, other):
    joined = Joined((5,), [(slice(2),), (slice(2, 5),)], dtype=dtype, of_parts=other)
    assert (joined.out, joined.written) == (None, [])
    floats, integers = (Buffer("x", 2, np.dtype(one)).whole((2,)) for one in (float, np.int64))
    for first, second in ((floats, integers), (integers, floats)):
        mixed = [Part((slice(2),), first), Part((slice(2, 4),), second)]
        assert write_parts(joined.ctx, joined.node, mixed, (4,)) is None


def test_what_is_written_in_parts_is_a_new_array():
    joined = Joined((3, 4), [(0,)])
    assert joined.out is not None
    assert isinstance(joined.out, View)
    assert joined.out.covers_buffer
    assert joined.out.buffer not in joined.given


@EXAMPLES
@given(st.data())
def test_parts_anywhere(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=3)))
    index = st.tuples(*map(indices, shape))
    where = data.draw(st.lists(index, max_size=4))
    covered = np.zeros(shape, int)
    for one in where:
        covered[one] += 1
    fill = data.draw(st.sampled_from([None, 0.5])) if covered.max(initial=0) < 2 else None
    joined = Joined(shape, where, fill)
    np.testing.assert_allclose(joined.values(), joined.expected, rtol=1e-14)
