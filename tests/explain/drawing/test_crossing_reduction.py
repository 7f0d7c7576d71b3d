"""Crossings of wires: known graphs, and the best of all orders for small ones."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from chainrule.explain.drawing.crossing_reduction import crossings, layered
from explain.drawings import Edges

TREE = [("a", "e"), ("b", "e"), ("c", "f"), ("d", "f"), ("e", "g"), ("f", "g")]


def complete(left: str, right: str) -> Edges:
    return [(one, other) for one in left for other in right]


@pytest.mark.parametrize(
    ("names", "edges", "expected"),
    [
        ("ab", [("a", "b")], 0),
        ("abcdefg", TREE, 0),
        ("adbcefg", TREE, 0),
        ("abcd", [("a", "d"), ("b", "c")], 0),
        ("abcd", complete("ab", "cd"), 1),
        ("abcdef", complete("abc", "def"), 9),
        ("abcxyz", [("a", "z"), ("b", "y"), ("c", "x")], 0),
        # a square with a wire past each of its corners
        ("abcde", [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("a", "d"), ("d", "e")], 0),
        ("xabcde", [("x", n) for n in "abcde"] + [(n, "e") for n in "abcd"], 0),
    ],
)
def test_crossings_of_known_graphs(names, edges, expected):
    assert crossings(layered(list(names), edges)) == expected


def fewest(edges: Edges) -> int:
    """The crossings of the best of all orders."""
    ends = [sorted({edge[side] for edge in edges}) for side in (0, 1)]

    def count(upper: tuple[str, ...], lower: tuple[str, ...]) -> int:
        at = [(upper.index(a), lower.index(b)) for a, b in edges]
        return sum(a < c and b > d for a, b in at for c, d in at)

    return min(count(u, v) for u in permutations(ends[0]) for v in permutations(ends[1]))


def test_two_layers_cross_hardly_more_than_they_must():
    left, right, draw = "abcd", "wxyz", Random(0)
    found, least = [], []
    for _ in range(60):
        edges = draw.sample(complete(left, right), draw.randint(1, 14))
        names = [name for name in left + right if any(name in edge for edge in edges)]
        found.append(crossings(layered(names, edges)))
        least.append(fewest(edges))
    assert sum(a == b for a, b in zip(found, least, strict=True)) >= 54
    assert sum(found) <= 1.05 * sum(least)
