"""Random computations with slices, rows, joins, transposes and products of stacks of matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import chainrule as cr

Step = Callable[[list[Any]], Any]


class IndexProgram(NamedTuple):
    """Steps that each compute one more value from the values so far; the first are `leaves`."""

    leaves: tuple[tuple[int, ...], ...]
    steps: tuple[Step, ...]

    def run(self, *leaves: Any) -> list[Any]:
        """All values."""
        values = list(leaves)
        for step in self.steps:
            values.append(step(values))
        return values


def _slices(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:
    """A basic index into an array of a shape."""
    index: list[Any] = []
    for length in shape:
        kind = draw(st.sampled_from(["all", "slice", "slice", "integer", "new", "reverse"]))
        if kind == "new":
            index.append(None)
            kind = "slice"
        if kind == "integer" and length:
            index.append(draw(st.integers(-length, length - 1)))
        elif kind == "slice":
            start, stop = draw(st.integers(-2, length)), draw(st.integers(-1, length + 1))
            index.append(slice(start, stop, draw(st.sampled_from([None, 1, 2, 3]))))
        elif kind == "reverse":
            index.append(slice(None, draw(st.sampled_from([None, 0])), -1))
        else:
            index.append(slice(None))
    if draw(st.booleans()):
        cut = draw(st.integers(0, len(index)))
        index = [*index[:cut], Ellipsis]
    return tuple(index)


def _step(draw: st.DrawFn, values: list[np.ndarray]) -> tuple[Step, np.ndarray] | None:
    """One more step, with its value."""
    i = draw(st.integers(0, len(values) - 1))
    x = values[i]
    step: Step
    match draw(
        st.sampled_from(
            [
                "index",
                "index",
                "index",
                "rows",
                "concatenate",
                "stack",
                "pad",
                "transpose",
                "matmul",
                "add",
                "multiply",
                "tanh",
                "sum",
                "softmax",
            ]
        )
    ):
        case "index":
            where = _slices(draw, x.shape)
            return (lambda v: v[i][where]), x[where]
        case "rows" if x.ndim and x.size:
            number = st.integers(-len(x), len(x) - 1)
            shape = draw(st.sampled_from([(1,), (3,), (2, 2), (4, 1)]))
            count = math.prod(shape)
            drawn = draw(st.lists(number, min_size=count, max_size=count))
            numbers = np.array(drawn).reshape(shape)
            return (lambda v: v[i][numbers]), x[numbers]
        case "concatenate" if x.ndim:
            axis = draw(st.integers(0, x.ndim - 1))
            rest = np.delete(np.array(x.shape), axis).tolist()
            fits = [
                j
                for j, y in enumerate(values)
                if y.ndim == x.ndim and np.delete(np.array(y.shape), axis).tolist() == rest
            ]
            chosen = draw(st.lists(st.sampled_from(fits), min_size=1, max_size=3))
            if draw(st.booleans()):  # parts that are computed, and needed nowhere else
                step = lambda v: cr.concatenate([cr.tanh(v[j]) for j in chosen], axis)  # noqa: E731
                return step, np.concatenate([np.tanh(values[j]) for j in chosen], axis)
            step = lambda v: cr.concatenate([v[j] for j in chosen], axis)  # noqa: E731
            return step, np.concatenate([values[j] for j in chosen], axis)
        case "stack":
            axis = draw(st.integers(0, x.ndim))
            fits = [j for j, y in enumerate(values) if y.shape == x.shape]
            chosen = draw(st.lists(st.sampled_from(fits), min_size=1, max_size=3))
            step = lambda v: cr.stack([cr.sin(v[j]) for j in chosen], axis)  # noqa: E731
            return step, np.stack([np.sin(values[j]) for j in chosen], axis)
        case "pad" if x.ndim:
            edge = st.integers(0, 2)
            widths = tuple((draw(edge), draw(edge)) for _ in x.shape)
            step = lambda v: cr.pad(v[i], widths, constant_values=0.5)  # noqa: E731
            return step, np.pad(x, widths, constant_values=0.5)
        case "transpose":
            axes = tuple(draw(st.permutations(range(x.ndim))))
            return (lambda v: cr.transpose(v[i], axes)), x.transpose(axes)
        case "matmul" if x.ndim:
            fits = []
            for j, y in enumerate(values):
                try:
                    np.matmul(x, y)
                    fits.append(j)
                except ValueError:
                    pass
            if not fits:
                return None
            j = draw(st.sampled_from(fits))
            return (lambda v: v[i] @ v[j]), x @ values[j]
        case "add" | "multiply" as name:
            fits = []
            for j, y in enumerate(values):
                try:
                    np.broadcast_shapes(x.shape, y.shape)
                    fits.append(j)
                except ValueError:
                    pass
            j = draw(st.sampled_from(fits))
            if name == "add":
                return (lambda v: v[i] + v[j]), x + values[j]
            return (lambda v: v[i] * v[j]), x * values[j]
        case "tanh":
            return (lambda v: cr.tanh(v[i])), np.tanh(x)
        case "sum" if x.ndim:
            axis = draw(st.integers(0, x.ndim - 1))
            return (lambda v: cr.sum(v[i], axis)), x.sum(axis)
        case "softmax" if x.ndim and x.shape[-1]:
            return (lambda v: cr.softmax(v[i], -1)), x
        case _:
            return None


@st.composite
def index_programs(draw: st.DrawFn, steps: int = 8) -> IndexProgram:
    """Random programs whose values have at most 500 entries."""
    length = st.sampled_from([1, 2, 3, 3, 4, 5])
    leaves = tuple(
        tuple(draw(st.lists(length, min_size=1, max_size=4)))
        for _ in range(draw(st.integers(1, 3)))
    )
    values = [np.ones(shape) for shape in leaves]
    done: list[Step] = []
    for _ in range(draw(st.integers(1, steps))):
        found = _step(draw, values)
        if found is not None and found[1].size <= 500 and found[1].ndim <= 5:
            done.append(found[0])
            values.append(found[1])
    return IndexProgram(leaves, tuple(done))
