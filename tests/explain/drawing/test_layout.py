"""Where boxes and wires go: few crossings, nothing on top of anything else, the same every time."""

from __future__ import annotations

from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.drawing.layers import Slot, layered, ranks
from chainrule.explain.drawing.layout import Layout, Shape, arrange
from explain.drawings import Edges, dags

TREE = [("a", "e"), ("b", "e"), ("c", "f"), ("d", "f"), ("e", "g"), ("f", "g")]


def complete(left: str, right: str) -> Edges:
    return [(one, other) for one in left for other in right]


@pytest.mark.parametrize(
    ("names", "edges", "crossings"),
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
def test_crossings_of_known_graphs(names, edges, crossings):
    assert layered(list(names), edges).crossings() == crossings


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
        found.append(layered(names, edges).crossings())
        least.append(fewest(edges))
    assert sum(a == b for a, b in zip(found, least, strict=True)) >= 54
    assert sum(found) <= 1.05 * sum(least)


@settings(max_examples=40, deadline=None)
@given(dags())
def test_wires_lead_to_the_right(dag):
    names, edges = dag
    rank = ranks(names, edges)
    assert all(rank[source] < rank[consumer] for source, consumer in edges)
    layers = layered(names, edges)
    assert {slot for layer in layers.slots for slot in layer} >= {
        Slot(name, rank[name]) for name in names
    }
    assert all(left.layer + 1 == right.layer for left, right in layers.links)


def test_leaves_stand_next_to_their_use():
    rank = ranks(list("xabwc"), [("x", "a"), ("a", "b"), ("b", "c"), ("w", "c")])
    assert rank == {"x": 0, "a": 1, "b": 2, "w": 2, "c": 3}


def arranged(names: list[str], edges: Edges, whole: bool = False) -> Layout:
    shapes: dict[str, Shape] = {}
    for i, name in enumerate(names):
        into = sum(consumer == name for _, consumer in edges)
        height = 3 + into
        ins = tuple(float(1 + k) for k in range(into))
        shapes[name] = Shape(5 + i % 3, height, 1, ins)
    return arrange(shapes, edges, between=1, past=1, gap=lambda drops: 4, whole=whole)


@settings(max_examples=40, deadline=None)
@given(dags(), st.booleans())
def test_nothing_is_on_top_of_anything(dag, whole):
    names, edges = dag
    layout = arranged(names, edges, whole)
    places = list(layout.places.values())
    for i, one in enumerate(places):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in places[i + 1 :]:
            apart = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height + 1 <= other.y + 1e-6
                or other.y + other.height + 1 <= one.y + 1e-6
            )
            assert apart


@settings(max_examples=40, deadline=None)
@given(dags(), st.booleans())
def test_no_wire_passes_through_a_box(dag, whole):
    names, edges = dag
    layout = arranged(names, edges, whole)
    assert [(route.source, route.consumer) for route in layout.routes] == edges
    for route in layout.routes:
        start, end = layout.places[route.source], layout.places[route.consumer]
        assert route.points[0] == (pytest.approx(start.x + start.width), start.y + 1)
        assert route.points[-1][0] == end.x
        assert end.y < route.points[-1][1] < end.y + end.height
        # drops are between columns; the level parts are where a box could be in the way
        for (left, y), (right, level) in zip(route.points[1::2], route.points[2::2], strict=True):
            assert y == level
            for name, place in layout.places.items():
                if name not in (route.source, route.consumer):
                    beside = right <= place.x or place.x + place.width <= left
                    assert beside or y <= place.y - 0.99 or place.y + place.height + 0.99 <= y


@settings(max_examples=30, deadline=None)
@given(dags())
def test_the_same_again(dag):
    assert arranged(*dag) == arranged(*dag)


@settings(max_examples=30, deadline=None)
@given(dags())
def test_whole_numbers_for_a_terminal(dag):
    layout = arranged(*dag, whole=True)
    for place in layout.places.values():
        assert place.y == int(place.y)


def test_a_chain_is_a_straight_line():
    names = [f"n{i}" for i in range(6)]
    layout = arranged(names, list(pairwise(names)))
    assert len({y for route in layout.routes for _, y in route.points}) == 1


def test_nothing_to_arrange():
    assert arranged([], []).places == {}
