"""Residual blocks: a skip connection around other layers."""

from __future__ import annotations

from typing import ClassVar, final

from chainrule.errors import OptionError, ShapeError
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["Residual"]


@final
class Residual(Layer):
    """Adds the input to the output of the inner layer: y = x + f(x).

    ∂y/∂x = 1 + ∂f/∂x: along the skip connection, the gradient flows back undiminished.

    x and y have the same shape, any that f takes.  The parameters of f are called `inner.…`.

    Raises ShapeError if f changes the shape.

    >>> from chainrule.nn import Linear
    >>> Residual(Linear.of([[0.5]]))([2.0])
    Tensor([3.])

    He, Zhang, Ren and Sun, "Deep residual learning for image recognition", 2016.
    """

    symbol: ClassVar[str] = "r"

    def __init__(self, inner: Layer, *, seed: int | None = None, name: str | None = None) -> None:
        # not every caller is type-checked
        if not isinstance(inner, Layer):  # pyright: ignore[reportUnnecessaryIsInstance]
            remedy = "call the class, as in ReLU()"
            raise OptionError("Residual", expected="a layer", got=f"{inner!r}", remedy=remedy)
        self.inner = inner
        super().__init__(name, children={"inner": inner}, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        y = scope.record("inner", self.inner, x, self.inner.apply(scope.child("inner"), x))
        if not isinstance(y, Tensor) or y.shape != x.shape:
            raise ShapeError(
                self._error_name(scope),
                expected=f"an inner layer that keeps the shape {x.shape}",
                got=f"one that gives {y.shape if isinstance(y, Tensor) else type(y).__name__}",
                remedy="end it with a Linear layer of the input's width",
            )
        return x + y
