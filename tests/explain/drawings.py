"""Random circuits to be drawn."""

from __future__ import annotations

from hypothesis import strategies as st

from chainrule.explain.drawing.diagram import Box, Diagram, Wire

Edges = list[tuple[str, str]]


@st.composite
def dags(draw: st.DrawFn, most: int = 14) -> tuple[list[str], Edges]:
    """Names in topological order, and edges, each at most once; all lead to the last."""
    count = draw(st.integers(2, most))
    names = [f"n{i}" for i in range(count)]
    edges: dict[tuple[str, str], None] = {}
    for i in range(1, count):
        # leaves stand among the others, too
        for j in draw(st.lists(st.integers(0, i - 1), max_size=3, unique=True)):
            edges[names[j], names[i]] = None
    used = {source for source, _ in edges}
    for name in names[:-1]:
        if name not in used:
            edges[name, names[-1]] = None
    return names, sorted(edges)


def diagram(names: list[str], edges: Edges, value: float | None = 0.5) -> Diagram:
    """A circuit of these names."""
    made = {consumer for _, consumer in edges}
    boxes = tuple(
        Box(name, "sin" if name in made else "variable", f"sin({name})", value, value)
        for name in names
    )
    wires = tuple(Wire(source, consumer, "1", value, value) for source, consumer in edges)
    return Diagram("", names[-1], boxes, wires)
