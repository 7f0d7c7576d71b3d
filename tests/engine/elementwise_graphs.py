"""Random elementwise graphs with all kinds of broadcasting, at sizes around a tile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

import chainrule as cr
from chainrule.graph import Graph

# their values stay between -2 and 2, so that errors do not grow
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "mean": lambda x, y: 0.5 * x + 0.5 * y,
    "product": lambda x, y: 0.5 * (x * y),
    "difference": lambda x, y: cr.sin(x - y),
    "quotient": lambda x, y: cr.tanh(x / (1.0 + y * y)),
    "maximum": lambda x, y: cr.maximum(x, -y),
    "where": lambda x, y: cr.where(x > y, 0.25 * (x - y), 0.5 * (y - x)),
    "tanh": lambda x, y: cr.tanh(x),
    "same operand twice": lambda x, y: cr.cos(x) * x,
    "transposed": lambda x, y: cr.transpose(x),
    "flattened": lambda x, y: cr.reshape(x, -1),
    "mean of rows": lambda x, y: cr.mean(x, axis=-1, keepdims=True) if x.ndim else x,
    "mean of columns": lambda x, y: cr.mean(x, axis=0) if x.ndim else x,
}

LENGTHS = [1, 2, 3, 31, 32, 33, 1023, 1024, 1025, 2600]
MAX_SIZE = 9000


@dataclass(frozen=True)
class ElementwiseGraph:
    """Steps (name, operand, operand) on leaves that broadcast against each other.

    Operands are indices of leaves, then of earlier steps; `wanted` are those of the outputs.
    """

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[tuple[str, int, int], ...]
    wanted: tuple[int, ...]

    def run(self, *leaves: Any) -> list[Any]:
        values = list(leaves)
        for name, i, j in self.steps:
            values.append(STEPS[name](values[i], values[j]))
        return [values[i] for i in self.wanted]

    def graph(self, dtype: Any) -> Graph:
        return cr.trace(self.run, *[cr.spec(shape, dtype) for shape in self.shapes])

    def leaves(self, dtype: Any) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        return [rng.uniform(-1.5, 1.5, shape).astype(dtype) for shape in self.shapes]


def _fits(x: tuple[int, ...], y: tuple[int, ...]) -> bool:
    try:
        return np.prod(np.broadcast_shapes(x, y)) <= MAX_SIZE
    except ValueError:
        return False


@st.composite
def elementwise_graphs(draw: st.DrawFn) -> ElementwiseGraph:
    """One shape, leaves without some of its axes, up to twelve steps, one to four outputs."""
    full: list[int] = []
    for _ in range(draw(st.sampled_from([1, 2, 2, 2, 3]))):
        left = MAX_SIZE // int(np.prod(full, initial=1))
        full.append(draw(st.sampled_from([n for n in LENGTHS if n <= left])))
    leaves = [tuple(full)]
    for _ in range(draw(st.integers(1, 3))):
        shape = tuple(n if draw(st.booleans()) else 1 for n in full)
        leaves.append(shape[draw(st.integers(0, len(full))) :])
    specs = [cr.spec(shape) for shape in leaves]
    steps: list[tuple[str, int, int]] = []
    for _ in range(draw(st.integers(4, 12))):
        i = draw(st.sampled_from([len(specs) - 1, *range(len(specs))]))
        j = draw(st.sampled_from([*range(len(leaves)), *range(len(specs))]))
        name = draw(st.sampled_from(list(STEPS)))
        if _fits(specs[i].shape, specs[j].shape):
            steps.append((name, i, j))
            traced = cr.trace(STEPS[name], specs[i], specs[j])
            specs.append(traced.outputs[0].spec)
    count = len(specs)
    wanted = draw(st.lists(st.integers(0, count - 1), min_size=0, max_size=3))
    return ElementwiseGraph(tuple(leaves), tuple(steps), (count - 1, *wanted))
