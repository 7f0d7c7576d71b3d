"""Paths, against enumerating every one of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.paths import paths

Edges = dict[int, list[tuple[int, float]]]


@st.composite
def graphs(draw) -> Edges:
    """Directed acyclic graphs on 0 … n, with parallel edges, dead ends and weights of 0."""
    n = draw(st.integers(0, 7))
    weights = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 2.0]), st.floats(-3, 3))
    edges: Edges = {i: [] for i in range(n + 1)}
    for i in range(n):
        for j in range(i + 1, n + 1):
            for _ in range(draw(st.integers(0, 2))):
                edges[i].append((j, draw(weights)))
    return edges


def enumerated(edges: Edges, at: int, output: int) -> list[tuple[float, ...]]:
    """The local gradients along every path, the output's end first."""
    if at == output:
        return [()]
    return [(*rest, local) for to, local in edges[at] for rest in enumerated(edges, to, output)]


@settings(max_examples=300, deadline=None)
@given(graphs(), st.integers(0, 5))
def test_they_are_those_of_enumeration(edges, top):
    output = len(edges) - 1
    order = {i: i for i in edges}
    found = paths(0, output, edges.__getitem__, order, top)
    products = sorted(map(math.prod, enumerated(edges, 0, output)), key=abs, reverse=True)
    assert found.count == len(products)
    assert [abs(path.product) for path in found.top] == pytest.approx(
        [abs(product) for product in products[:top]]
    )
    size = sum(map(abs, products)) + 1
    close = {"rel": 1e-12, "abs": 1e-12 * size}
    assert found.positive == pytest.approx(sum(p for p in products if p > 0), **close)
    assert found.negative == pytest.approx(sum(p for p in products if p < 0), **close)
    total = sum(path.product for path in found.top) + found.remainder
    assert total == pytest.approx(sum(products), **close)
    if len(products) <= top:
        assert found.remainder == 0


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_each_is_a_way_from_the_output_to_the_source(edges):
    output = len(edges) - 1
    found = paths(0, output, edges.__getitem__, {i: i for i in edges}, 4)
    walked = [tuple(step.local for step in path.steps) for path in found.top]
    every = enumerated(edges, 0, output)
    for path, locals_ in zip(found.top, walked, strict=True):
        assert locals_ in every
        every.remove(locals_)  # none is told twice
        assert path.product == pytest.approx(math.prod(locals_))
        here = output
        for step in path.steps:
            assert step.consumer == here
            assert (step.consumer, step.local) in edges[step.source]
            here = step.source
        assert here == 0


def test_counts_are_exact_at_any_size():
    width, depth = 20, 30
    cells = [(layer, i) for layer in range(depth) for i in range(width)] + [(depth, 0)]
    layers = {layer: [cell for cell in cells if cell[0] == layer] for layer in range(depth + 1)}

    def edges(cell: tuple[int, int]) -> list[tuple[tuple[int, int], float]]:
        return [(to, 0.5) for to in layers.get(cell[0] + 1, [])]

    order = {cell: i for i, cell in enumerate(cells)}
    found = paths((0, 0), (depth, 0), edges, order, 2)
    assert found.count == width ** (depth - 1)
    assert found.positive == pytest.approx(width ** (depth - 1) * 0.5**depth)


def test_no_path_is_a_path_count_of_zero():
    edges: Edges = {0: [(1, 2.0)], 1: [], 2: []}
    found = paths(0, 2, edges.__getitem__, {0: 0, 1: 1, 2: 2}, 3)
    assert (found.count, found.top, found.positive, found.remainder) == (0, (), 0.0, 0.0)
