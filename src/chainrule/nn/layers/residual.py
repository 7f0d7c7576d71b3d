"""Residual blocks: a shortcut around some layers."""

from __future__ import annotations

from typing import ClassVar, final

from chainrule.errors import ShapeError
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["Residual"]


@final
class Residual(Layer):
    """The input added to what the inner layer makes of it: y = x + f(x).

    ∂y/∂x = 1 + ∂f/∂x: the gradient has a way back that nothing shrinks.

    x and y are of one shape; ShapeError where the inner layer changes it.  Inner parameters are
    called `inner.…`.

    >>> from chainrule.nn import Linear
    >>> Residual(Linear.of([[0.5]]))([2.0])
    Tensor([3.])

    He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016.
    """

    symbol: ClassVar[str] = "r"

    def __init__(self, inner: Layer, *, seed: int | None = None, name: str | None = None) -> None:
        self.inner = inner
        super().__init__(name, children={"inner": inner}, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        y = scope.record("inner", self.inner, x, self.inner.apply(scope.child("inner"), x))
        if y.shape != x.shape:
            raise ShapeError(
                scope.prefix.rstrip(".") or self.name or "Residual",
                expected=f"an inner layer that keeps the shape {x.shape}",
                got=f"one that gives {y.shape}",
                remedy="end it with a Linear layer of the input's width",
            )
        return x + y
