"""The names of a table's columns and classes for the entries of a recorded network."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from chainrule.explain.entry_labels import EntryLabels, Scaling
from chainrule.graph import Graph
from chainrule.ops import Tensor
from chainrule.train.data.encoding.encoder import Encoder

__all__ = ["table_labels"]

PIXEL = r"pixel_\d+_\d+"
"""The columns of an image keep their numbers, which say as much."""


def table_labels(encoder: Encoder, loss: Tensor, output: Tensor) -> EntryLabels:
    """Labels for the inputs `x`, the weights next to them, and the outputs of a recorded loss.

    A column keeps its number if the record has another array of its name.
    """
    features, classes = tuple(encoder.features), tuple(encoder.target.classes)
    graph = Graph.of([loss.node])
    shapes = {name: node.spec.shape for node, name in graph.names().items()}
    if all(re.fullmatch(PIXEL, name) for name in features) or len(set(features)) < len(features):
        return EntryLabels()
    axes: dict[str, Sequence[Sequence[str] | None]] = {}
    rows = len(shapes.get("x", ())) - 1
    columns = _embedded(encoder) if encoder.tables else features
    tables = _tables(encoder, shapes)
    weights = [name for name, node in _variables(graph) if len(node) == 2 and name not in tables]
    if rows >= 0 and shapes["x"][-1] == len(features):
        axes["x"] = (*[None] * rows, features)
        if weights and shapes[weights[0]][1] == len(columns):
            axes[weights[0]] = (None, columns)
        if encoder.tables and shapes.get("e0", ())[-1:] == (len(columns),):
            axes["e0"] = (*[None] * rows, columns)
        axes |= {name: (levels, None) for name, levels in tables.items()}
    outputs = output.node.name or ""
    if classes and outputs and shapes[outputs][-1] == len(classes):
        axes[outputs] = (*[None] * (len(shapes[outputs]) - 1), classes)
        last = weights[-1] if weights else ""
        if last and shapes[last][0] == len(classes):
            axes[last] = (classes, axes[last][1] if last in axes else None)
            bias = f"{last.removesuffix('weight')}bias"
            if shapes.get(bias) == (len(classes),):
                axes[bias] = (classes,)
    elif outputs and len(shapes[outputs]) <= 2:
        axes[outputs] = [None] * len(shapes[outputs])
    scaling = {
        column.name: Scaling(column.mean, column.scale)
        for column in encoder.columns
        if column.kind != "category" and column.name in features
    }
    target = encoder.target
    for i, (mean, scale) in enumerate(zip(target.mean, target.scale, strict=True)):
        scaling[f"{outputs}[{i}]"] = Scaling(mean, scale)
    bare = shapes.keys().isdisjoint(features)
    reading = weights[0] if weights and weights[0] in axes else ""
    return EntryLabels(axes, "x" if "x" in axes else "", scaling, outputs, bare, reading)


def _embedded(encoder: Encoder) -> tuple[str, ...]:
    """The names of the numbers that the first weights are multiplied with."""
    tables = encoder.tables
    return tuple(
        part
        for column, name in enumerate(encoder.features)
        for part in (
            [f"{name} ({i})" for i in range(tables[column][1])] if column in tables else [name]
        )
    )


def _tables(encoder: Encoder, names: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The levels of each table of vectors, by the name of the table in the record."""
    levels = {
        f"embedding{column}": (
            f"{coder.name} (other)",
            *(f"{coder.name}={category}" for category in coder.categories),
        )
        for column in encoder.tables
        for coder in encoder.columns
        if coder.name == encoder.features[column]
    }
    found = {name: levels.get(name.rpartition(".")[2]) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _variables(graph: Graph) -> list[tuple[str, tuple[int, ...]]]:
    names = graph.names()
    return [(names[node], node.spec.shape) for node in graph.nodes if node.variable]
