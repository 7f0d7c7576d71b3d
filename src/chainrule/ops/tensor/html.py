"""Renders tensors as HTML tables for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.graph.display import writer
from chainrule.graph.html_table import table
from chainrule.ops.tensor.tensor import Tensor

if TYPE_CHECKING:
    from chainrule.formula.numbers import NumberWriter

__all__ = ["html"]

EDGE = 3
"""Rows or columns shown at each end of a long axis."""

LONG = 12
"""The longest axis of which every entry is shown."""


@writer(Tensor, "html")
def html(tensor: Tensor) -> str:
    """Render name, dtype, shape and values; long axes are shortened to their ends.

    If there are more than two axes, only the first matrix is shown.
    """
    about = f"{tensor.name or 'Tensor'}: {tensor.dtype}, shape {tensor.shape}"
    array = tensor.node.value
    if array is None:
        return table(f"{about}, no value while it is traced", (), ())
    if array.ndim == 0:
        value = _number(array)
        return table(f"{tensor.name or 'Tensor'} = {value}  ({tensor.dtype})", (), ())
    if not array.size:
        return table(f"{about}, no entries", (), ())
    if array.ndim > 2:
        about += f", here [{', '.join('0' * (array.ndim - 2))}]"
        array = array[(0,) * (array.ndim - 2)]
    rows = np.atleast_2d(array)
    across, down = _shown_indices(rows.shape[1]), _shown_indices(rows.shape[0])
    written = _written(rows, across, down)

    def cell(i: int | None, j: int | None) -> str:
        return "…" if i is None or j is None else written[i, j]

    return table(
        about,
        ["", *map(_head, across)],
        [[_head(i) if array.ndim > 1 else "", *(cell(i, j) for j in across)] for i in down],
        numbers=range(1, len(across) + 1),
    )


def _shown_indices(length: int) -> list[int | None]:
    """The indices along an axis, with None in place of those left out."""
    if length <= LONG:
        return list(range(length))
    return [*range(EDGE), None, *range(length - EDGE, length)]


def _head(index: int | None) -> str:
    return "…" if index is None else str(index)


def _writer() -> NumberWriter:
    """What writes the entries."""
    from chainrule.formula.numbers import NumberStyle, NumberWriter  # for notebooks only

    return NumberWriter(NumberStyle())


def _number(value: Any) -> str:
    return _writer()(float(value)) if value.dtype.kind == "f" else str(value)


def _written(
    rows: Any, across: Sequence[int | None], down: Sequence[int | None]
) -> dict[tuple[int, int], str]:
    """The entries that are shown, all in one style."""
    shown = [(i, j) for i in down for j in across if i is not None and j is not None]
    if rows.dtype.kind != "f":
        return {place: str(rows[place]) for place in shown}
    numbers = _writer().column([float(rows[place]) for place in shown])
    return {place: text.strip() for place, text in zip(shown, numbers, strict=True)}
