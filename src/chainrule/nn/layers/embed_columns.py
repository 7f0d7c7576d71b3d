"""Embeddings of columns: codes of categories become learnt vectors, beside columns of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, Uniform, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor, concatenate, where

__all__ = ["EXACT", "EmbedColumns", "checked_codes", "embedding_width"]


EXACT = 2**24
"""Up to this, float32 represents every code; above, what is not below it stays so."""


def embedding_width(codes: int) -> int:
    """The usual width of the vectors of that many codes: 1.6 · codes^0.56, rounded, at most 50.

    >>> embedding_width(51), embedding_width(200), embedding_width(5000)
    (14, 31, 50)

    Howard and Gugger, "fastai: a layered API for deep learning", 2020.
    """
    return min(50, max(1, round(1.6 * codes**0.56)))


@final
class EmbedColumns(Layer):
    """Replaces each column of codes by a row of its own table, and keeps the other columns.

    For codes c in column j, y has the row E_j[c] in place of c.  A row gets the sum of the upstream
    gradients of all places where its code stands; the others get 0.

    x has shape (D,), (B, D) or more axes before the last.  `tables` maps the number of a column to
    (N, W), the number of its codes, from 0 on, and the width of its vectors; y has W columns for
    it, so that the last axis of y has D + Σ (W − 1) entries.  The table of column 2 is called
    `embedding2`, of shape (N, W).  Codes are whole numbers stored as floats: float32 holds them up
    to 2²⁴.  A code beyond the table gives NaN in compiled code, which training refuses.

    Raises OptionError for settings out of range, and for a code that is known to be beyond the
    table; ShapeError for an x whose last axis is not D.

    >>> layer = EmbedColumns(2, {1: (3, 2)})
    >>> layer.load({"embedding1": [[0.0, 0.0], [1.0, -1.0], [2.0, 5.0]]})
    >>> layer([[7.5, 2.0], [8.5, 1.0]])
    Tensor([[ 7.5,  2. ,  5. ],
            [ 8.5,  1. , -1. ]])

    Guo and Berkhahn, "Entity embeddings of categorical variables", 2016.
    """

    symbol: ClassVar[str] = "e"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        inputs: int,
        tables: Mapping[int, tuple[int, int]],
        *,
        init: str | Initialiser = Uniform(-0.05, 0.05),  # noqa: B008 (an immutable value)
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.inputs = positive_integer("EmbedColumns inputs", inputs)
        self.tables: dict[int, tuple[int, int]] = {}
        if not tables:
            expected, got = "one column to embed, or more", "none"
            raise OptionError("EmbedColumns", expected=expected, got=got)
        for column in sorted(tables):
            whole_number("EmbedColumns column", column, 0, most=self.inputs - 1)
            codes, width = (
                positive_integer(f"EmbedColumns {what}", number)
                for what, number in zip(("codes", "width"), tables[column], strict=True)
            )
            self.tables[column] = codes, width
        self.outputs = self.inputs + sum(width - 1 for _, width in self.tables.values())
        slots = {
            f"embedding{column}": Slot(shape, initialiser(init), dtype=dtype)
            for column, shape in self.tables.items()
        }
        super().__init__(name, slots=slots, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        if not x.ndim or x.shape[-1] != self.inputs:
            raise ShapeError(
                self._error_name(scope), expected=f"inputs (…, {self.inputs})", got=f"{x.shape}"
            )
        parts, end = list[Tensor](), 0
        for column, shape in self.tables.items():
            if column > end:
                parts.append(x[..., end:column])
            place = f" in column {column}"
            codes = checked_codes(self._error_name(scope), x[..., column], shape[0], place)
            parts.append(scope[f"embedding{column}"][codes])
            end = column + 1
        if end < self.inputs:
            parts.append(x[..., end:])
        return concatenate(parts, axis=-1)

    def options(self) -> Mapping[str, Any]:
        return {"inputs": self.inputs, "tables": self.tables}


def checked_codes(
    name: str, x: Tensor, count: int, place: str = "", dtype: Any = np.float64
) -> Tensor:
    """The codes as integers, with unknown ones below 0 beyond the table, as all too large ones are.

    Raises OptionError, with the name of the layer, for known ones that are not 0 … `count` − 1.
    Integers are compared as floats of the program's `dtype`, for which there are instructions.
    """
    value = x.node.value
    if value is None:  # a negative index would count from the end
        if x.dtype.kind in "iu" and count <= EXACT:
            x = x.astype(dtype)
        return where(x >= 0, x, count).astype(np.int64)
    if value.size and not (value.min() >= 0 and value.max() < count):
        raise OptionError(
            name,
            expected=f"codes from 0 to {count - 1}{place}",
            got=f"codes from {value.min():g} to {value.max():g}",
        )
    return x.astype(np.int64)
