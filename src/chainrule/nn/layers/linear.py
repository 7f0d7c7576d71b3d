"""The linear layer: a weighted sum of the inputs for each neuron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, final

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.tensor import Operand, lift

__all__ = ["Bias", "Linear"]

Bias = Literal["own", "shared"] | None


@final
class Linear(Layer):
    """Weighted sums of the inputs, with one row of W for each neuron: z = x·Wᵀ + b.

    ∂L/∂W = gᵀ·x,  ∂L/∂b = Σ g over the rows,  ∂L/∂x = g·W,  with the upstream gradient g = ∂L/∂z

    x has shape (D,), (B, D) or more axes before the last; z has H in place of D.  `weight` has
    shape (H, D).  `bias` has shape (H,) if each neuron has its "own"; (1,) if all neurons of the
    layer have one "shared" bias, as lecture notes draw it; with bias=None there is none.  Both are
    float64 unless `dtype` is float32.

    Raises OptionError for settings out of range, ShapeError for an x whose last axis is not D.

    >>> layer = Linear.of([[1.0, 2.0], [3.0, 4.0]], [0.5])
    >>> layer, layer([1.0, 1.0])
    (Linear(inputs=2, outputs=2, bias='shared'), Tensor([3.5, 7.5]))

    Rosenblatt, "The perceptron", 1958.
    """

    symbol: ClassVar[str] = "z"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(
        self,
        inputs: int,
        outputs: int,
        bias: Bias = "own",
        *,
        weight_init: str | Initialiser = "xavier",
        bias_init: str | Initialiser = "zeros",
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.inputs = positive_integer("Linear inputs", inputs)
        self.outputs = positive_integer("Linear outputs", outputs)
        if bias is not None and str(bias) not in ("own", "shared"):
            raise OptionError("Linear bias", expected="'own', 'shared' or None", got=repr(bias))
        self.bias: Bias = bias
        slots = {"weight": Slot((self.outputs, self.inputs), initialiser(weight_init), dtype=dtype)}
        if bias is not None:
            width = self.outputs if bias == "own" else 1
            slots["bias"] = Slot((width,), initialiser(bias_init), dtype=dtype)
        super().__init__(name, slots=slots, seed=seed)

    @classmethod
    def of(cls, weight: Operand, bias: Operand | None = None, *, name: str | None = None) -> Linear:
        """A layer with copies of these arrays: weight (H, D), and bias (H,), or (1,) if shared.

        Raises ShapeError for arrays of other shapes.

        >>> sorted(Linear.of([[1.0, 2.0]]).parameters())
        ['weight']
        """
        w = lift(weight)
        b = None if bias is None else lift(bias)
        if w.ndim != 2 or (b is not None and b.shape not in ((w.shape[0],), (1,), ())):
            raise ShapeError(
                "Linear.of",
                expected="a weight (H, D), with a bias (H,), or (1,) for a shared one",
                got=f"shapes {w.shape} and {None if b is None else b.shape}",
            )
        kind = None if b is None else "own" if b.shape == (w.shape[0],) else "shared"
        dtype = w.dtype if w.dtype.kind == "f" else np.float64
        layer = cls(w.shape[1], w.shape[0], kind, dtype=dtype, name=name)
        layer.load({"weight": w.value} | ({} if b is None else {"bias": b.value.reshape(-1)}))
        return layer

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        if not x.ndim or x.shape[-1] != self.inputs:
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs (…, {self.inputs})",
                got=f"{x.shape}",
                remedy=f"this layer has a weight of shape ({self.outputs}, {self.inputs})",
            )
        z = x @ scope["weight"].T
        return z if self.bias is None else z + scope["bias"]

    def options(self) -> Mapping[str, Any]:
        return {"inputs": self.inputs, "outputs": self.outputs, "bias": self.bias}
