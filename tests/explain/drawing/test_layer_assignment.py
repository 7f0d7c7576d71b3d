"""Layers of circuits: wires lead to the right, and leaves are next to their consumers."""

from __future__ import annotations

from hypothesis import given, settings

from chainrule.explain.drawing.crossing_reduction import layered
from chainrule.explain.drawing.layer_assignment import Slot, ranks
from explain.drawings import dags


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


def test_leaves_are_next_to_their_consumers():
    rank = ranks(list("xabwc"), [("x", "a"), ("a", "b"), ("b", "c"), ("w", "c")])
    assert rank == {"x": 0, "a": 1, "b": 2, "w": 2, "c": 3}
