"""The HTML table that shows a model in a notebook."""

from __future__ import annotations

from typing import Any

from chainrule.errors import ChainruleError
from chainrule.graph.display import writer
from chainrule.graph.html_table import table
from chainrule.nn.layer import Layer
from chainrule.nn.model_summary import leaves, summary

__all__ = ["html"]

MAX_ROWS = 100
"""The most rows that the table shows."""


@writer(Layer, "html")
def html(model: Layer) -> str:
    """The summary as a table: each layer, the shape of its output for a batch, its parameters.

    Shapes are left out if the width of the inputs is unknown.
    """
    try:
        rows = [
            (row.name, row.layer, _shape(row.shape), f"{row.parameters:,}")
            for row in summary(model)
        ]
    except ChainruleError:
        rows = [
            (
                name,
                layer.kind,
                "",
                f"{sum(tensor.size for tensor in layer.parameters().values()):,}",
            )
            for name, layer in leaves(model)
        ]
    total = sum(tensor.size for tensor in model.parameters().values())
    more = f"… and {len(rows) - MAX_ROWS} more" if len(rows) > MAX_ROWS else ""
    return table(
        f"{model.name or model.kind}: {total:,} parameters, {model.dtype}",
        ("layer", "kind", "output", "parameters"),
        rows[:MAX_ROWS],
        numbers=(3,),
        more=more,
    )


def _shape(shape: Any) -> str:
    """The shape of a layer's output for a batch, or of each output in a tree."""
    if shape is None:
        return ""
    parts: list[Any] = list(shape.values() if isinstance(shape, dict) else shape)  # pyright: ignore
    if isinstance(shape, tuple) and all(isinstance(n, int) for n in parts):
        return f"(B, {', '.join(map(str, parts))})"
    return ", ".join(map(_shape, parts))
