"""Models as HTML, for notebooks."""

from __future__ import annotations

from chainrule.errors import ChainruleError
from chainrule.graph.display import writer
from chainrule.graph.html_table import table
from chainrule.nn.layer import Layer
from chainrule.nn.model import leaves, summary

__all__ = ["html"]

MOST = 100
"""Rows of the table."""


@writer(Layer, "html")
def html(model: Layer) -> str:
    """The summary as a table: layer, shape of its output for a batch, parameters.

    A model that does not know the width of its inputs is listed without shapes.
    """
    try:
        rows = [
            (row.name, row.layer, f"(B, {', '.join(map(str, row.shape))})", f"{row.parameters:,}")
            for row in summary(model)
        ]
    except ChainruleError:
        rows = [
            (
                name,
                layer.kind,
                "",
                f"{sum(t.size for t in layer.parameters().values()):,}",
            )
            for name, layer in leaves(model)
        ]
    total = sum(tensor.size for tensor in model.parameters().values())
    more = f"… and {len(rows) - MOST} more" if len(rows) > MOST else ""
    return table(
        f"{model.name or model.kind}: {total:,} parameters, {model.dtype}",
        ("layer", "kind", "output", "parameters"),
        rows[:MOST],
        numbers=(3,),
        more=more,
    )
