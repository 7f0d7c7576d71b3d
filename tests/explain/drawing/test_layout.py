"""Layouts of circuits: nothing overlaps, wires avoid boxes, and the same again every time."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.explain.drawing.layout import Layout, Shape, arrange
from explain.drawings import Edges, dags


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
def test_boxes_do_not_overlap(dag, whole):
    names, edges = dag
    layout = arranged(names, edges, whole)
    places = list(layout.places.values())
    for i, one in enumerate(places):
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in places[i + 1 :]:
            separate = (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height + 1 <= other.y + 1e-6
                or other.y + other.height + 1 <= one.y + 1e-6
            )
            assert separate


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
        # drops are between columns; the level parts are where a box could be hit
        for (left, y), (right, level) in zip(route.points[1::2], route.points[2::2], strict=True):
            assert y == level
            for name, place in layout.places.items():
                if name not in (route.source, route.consumer):
                    clear = right <= place.x or place.x + place.width <= left
                    assert clear or y <= place.y - 0.99 or place.y + place.height + 0.99 <= y


@settings(max_examples=30, deadline=None)
@given(dags())
def test_layouts_are_deterministic(dag):
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
