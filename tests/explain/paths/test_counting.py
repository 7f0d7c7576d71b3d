"""Numbers, sums and the largest of all paths, compared with enumerating every one of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.entries.sparse_matrix import SparseMatrix
from chainrule.explain.paths import Path, Paths
from chainrule.graph import SparseJacobian


@dataclass
class Jacobian:
    """Edges between two arrays, as a list of (row, column, local gradient)."""

    consumer: int
    source: int
    edges: list[tuple[int, int, float]]
    shape: tuple[int, int]

    @property
    def matrix(self) -> SparseMatrix:
        rows, columns, values = np.reshape(np.array(self.edges, dtype=float), (-1, 3)).T
        return SparseMatrix.from_triples(
            SparseJacobian(rows.astype(np.intp), columns.astype(np.intp), values), self.shape
        )


Record = tuple[list[int], list[Jacobian]]


@st.composite
def records(draw) -> Record:
    """Arrays of a few entries, some with two Jacobians, with factors of 0 and dead ends."""
    n = draw(st.integers(1, 5))
    sizes = [*(draw(st.integers(1, 3)) for _ in range(n)), 1]
    factors = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 2.0]), st.floats(-3, 3))
    jacobians: list[Jacobian] = []
    for source in range(n):
        for consumer in range(source + 1, n + 1):
            for _ in range(draw(st.integers(0, 2))):
                positions = [(i, j) for i in range(sizes[consumer]) for j in range(sizes[source])]
                drawn = draw(st.lists(st.sampled_from(positions), unique=True))
                edges = [(i, j, draw(factors)) for i, j in drawn]
                jacobians.append(
                    Jacobian(consumer, source, edges, (sizes[consumer], sizes[source]))
                )
    return sizes, jacobians


PathEdges = tuple[tuple[tuple[int, int], ...], tuple[float, ...]]


def enumerated(record: Record, at: tuple[int, int]) -> list[PathEdges]:
    """Vertices and local gradients along every path from the output to an entry."""
    sizes, jacobians = record
    if at[0] == len(sizes) - 1:
        return [((at,), ())]
    return [
        ((*vertices, at), (*factors, local))
        for jacobian in jacobians
        if jacobian.source == at[0]
        for i, j, local in jacobian.edges
        if j == at[1]
        for vertices, factors in enumerated(record, (jacobian.consumer, i))
    ]


def paths_of(record: Record, k: int) -> Paths[int]:
    return Paths(range(len(record[0])), record[1], k)


@settings(max_examples=200, deadline=None)
@given(records(), st.integers(0, 6))
@pytest.mark.slow
def test_all_paths_are_those_of_enumeration(record, k):
    paths = paths_of(record, k)
    for array, size in enumerate(record[0]):
        for flat in range(size):
            found = paths.to(array, flat)
            enumerated_paths = enumerated(record, (array, flat))
            products = sorted(
                (math.prod(factors) for _, factors in enumerated_paths), key=abs, reverse=True
            )
            close = {"rel": 1e-12, "abs": 1e-12 * (sum(map(abs, products)) + 1)}
            assert found.count == len(products)
            assert [abs(path.product) for path in found.top] == pytest.approx(
                [abs(product) for product in products[:k]], **close
            )
            assert found.total == pytest.approx(sum(products), **close)
            assert found.positive == pytest.approx(sum(p for p in products if p > 0), **close)
            assert found.negative == pytest.approx(sum(p for p in products if p < 0), **close)
            assert sum(path.product for path in found.top) + found.remainder == pytest.approx(
                sum(products), **close
            )
            if len(products) <= k:
                assert found.remainder == 0
            assert_each_was_enumerated(found.top, enumerated_paths)


def assert_each_was_enumerated(top: Sequence[Path[int]], enumerated_paths: list[PathEdges]) -> None:
    """Each path is one of the enumerated ones, and none is listed twice."""
    for path in top:
        assert (path.vertices, path.factors) in enumerated_paths
        enumerated_paths.remove((path.vertices, path.factors))
        assert path.product == pytest.approx(math.prod(path.factors), abs=1e-300)


def test_the_second_best_behind_one_edge_may_beat_the_best_behind_another():
    first = Jacobian(1, 0, [(0, 0, 1.0), (1, 0, 1.0)], (2, 1))
    second = Jacobian(2, 1, [(0, 0, 10.0), (1, 0, 0.1), (2, 1, 5.0), (3, 1, 4.9)], (4, 2))
    last = Jacobian(3, 2, [(0, i, 1.0) for i in range(4)], (1, 4))
    found = paths_of(([1, 2, 4, 1], [first, second, last]), 3).to(0, 0)
    assert [path.product for path in found.top] == [10, 5, 4.9]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.integers(0, 2**31),
    st.integers(1, 30),
)
def test_the_largest_through_full_layers(widths, seed, k):
    sizes = [1, *widths, 1]
    rng = np.random.default_rng(seed)
    jacobians = [
        Jacobian(i + 1, i, [(r, c, rng.normal()) for r in range(n) for c in range(m)], (n, m))
        for i, (m, n) in enumerate(pairwise(sizes))
    ]
    found = paths_of((sizes, jacobians), k).to(0, 0)
    enumerated_paths = [math.prod(factors) for _, factors in enumerated((sizes, jacobians), (0, 0))]
    assert [path.product for path in found.top] == pytest.approx(
        sorted(enumerated_paths, key=abs, reverse=True)[:k], rel=1e-12
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_sum_without_terms_of_one_sign_is_exactly_zero(sign):
    rng = np.random.default_rng(0)
    first = Jacobian(1, 0, [(i, 0, sign * rng.random()) for i in range(50)], (50, 1))
    last = Jacobian(2, 1, [(0, i, rng.random()) for i in range(50)], (1, 50))
    found = paths_of(([1, 50, 1], [first, last]), 3).to(0, 0)
    assert (found.negative if sign > 0 else found.positive) == 0


def test_equal_products_are_listed_in_reading_order():
    first = Jacobian(1, 0, [(i, 0, (-1.0) ** i) for i in range(8)], (8, 1))
    last = Jacobian(2, 1, [(0, i, 1.0) for i in range(8)], (1, 8))
    found = paths_of(([1, 8, 1], [first, last]), 5).to(0, 0)
    assert [path.vertices[1] for path in found.top] == [(1, i) for i in range(5)]


def dense(widths: Sequence[int], factor: float = 0.5) -> Record:
    jacobians = [
        Jacobian(
            i + 1, i, [(r, c, factor) for r in range(after) for c in range(before)], (after, before)
        )
        for i, (before, after) in enumerate(pairwise(widths))
    ]
    return list(widths), jacobians


def test_counts_are_exact_at_any_size():
    width, depth = 12, 40
    found = paths_of(dense([1, *[width] * depth, 1]), 2).to(0, 0)
    assert found.count == width**depth
    assert found.count > 2**64
    assert found.positive == pytest.approx(width**depth * 0.5 ** (depth + 1))
    assert [path.product for path in found.top] == [0.5 ** (depth + 1)] * 2
    assert found.top[0].vertices != found.top[1].vertices


def test_no_path_is_a_path_count_of_zero():
    record = ([1, 1, 1], [Jacobian(1, 0, [(0, 0, 2.0)], (1, 1))])
    found = paths_of(record, 3).to(0, 0)
    assert (found.count, found.top, found.positive, found.remainder) == (0, (), 0.0, 0.0)


def test_the_output_is_reached_by_the_path_of_no_edges():
    found = paths_of(dense([2, 1]), 3).to(1, 0)
    assert (found.count, found.top) == (1, (Path(((1, 0),), (), 1.0),))
