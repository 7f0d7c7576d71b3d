"""Embedding: codes, such as those of characters or words, become learnt vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np

from chainrule.arguments import whole_number
from chainrule.graph import Array
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, Normal, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.embed_columns import EXACT, checked_codes
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor, expand_dims, stop_gradient, where

__all__ = ["Embedding"]


@final
class Embedding(Layer):
    """Replaces each code by a row of a table: y = E[x].

    ∂L/∂E[c] = Σ g over all places where x is c: a row gets the sum of their upstream gradients, and
    one whose code does not occur gets 0

    x is of integers from 0 to N − 1, of any shape; y has one more axis, of width W.  The table
    `weight` is (N, W), float64 unless `dtype` is float32.  The row of the code `padding`, if there
    is one, starts as 0 and gets no gradient.  A code beyond the table gives NaN in compiled code,
    which training refuses.

    Raises OptionError for settings out of range, for inputs that are not integers, and for a code
    that is known to be beyond the table.

    >>> layer = Embedding(3, 2)
    >>> layer.load({"weight": [[0.0, 0.5], [1.0, -1.0], [2.0, 5.0]]})
    >>> layer([2, 0])
    Tensor([[2. , 5. ],
            [0. , 0.5]])

    Bengio, Ducharme, Vincent and Janvin, "A neural probabilistic language model", 2003.
    """

    symbol: ClassVar[str] = "e"
    accepts: ClassVar[Accepts] = "integers"

    def __init__(
        self,
        codes: int,
        width: int,
        *,
        padding: int | None = None,
        init: str | Initialiser = Normal(1.0),  # noqa: B008 (an immutable value)
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.codes = positive_integer("Embedding codes", codes)
        self.width = positive_integer("Embedding width", width)
        init = initialiser(init)
        self.padding = None
        if padding is not None:
            self.padding = whole_number("Embedding padding", padding, 0, most=self.codes - 1)
            init = RowOfZeros(init, self.padding)
        slots = {"weight": Slot((self.codes, self.width), init, dtype=dtype)}
        super().__init__(name, slots=slots, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        weight = scope["weight"]
        codes = checked_codes(self._error_name(scope), x, self.codes, dtype=weight.dtype)
        rows = weight[codes]
        if self.padding is None:
            return rows
        codes = codes.astype(weight.dtype) if self.codes <= EXACT else codes
        padding = codes == self.padding
        return where(expand_dims(padding, -1), stop_gradient(rows), rows)

    def options(self) -> Mapping[str, Any]:
        shown = {"codes": self.codes, "width": self.width}
        return shown if self.padding is None else {**shown, "padding": self.padding}


@final
@dataclass(frozen=True)
class RowOfZeros(Initialiser):
    """A row of zeros, and the initialiser's numbers in the others.

    >>> from chainrule.nn import Constant
    >>> RowOfZeros(Constant(2.0), 1)((2, 2), np.random.default_rng(0)).tolist()
    [[2.0, 2.0], [0.0, 0.0]]
    """

    init: Initialiser
    row: int

    def __call__(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        weight = self.init(shape, rng)
        weight[self.row] = 0.0
        return weight
