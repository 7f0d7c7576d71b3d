"""Dropout, of single entries and of whole channels."""

from __future__ import annotations

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.nn import Scope
from chainrule.ops import Tensor

__all__ = ["dropout"]


@operation("dropout", draws=True)
def dropout(scope: Scope, x: Tensor, rate: float, train: bool) -> Tensor:
    return _drop(scope, x, x.shape, rate) if train else x


@operation("feature_dropout", draws=True)
def feature_dropout(scope: Scope, x: Tensor, rate: float, train: bool) -> Tensor:
    """Drop whole channels."""
    return _drop(scope, x, (*x.shape[:2], *(1,) * (x.ndim - 2)), rate) if train else x


def _drop(scope: Scope, x: Tensor, shape: tuple[int, ...], rate: float) -> Tensor:
    """Drop entries of x, with one draw for each entry of `shape`, broadcast over x."""
    if rate in (0, 1):
        return x if rate == 0 else x * 0.0
    draws = ops.uniform(scope.step, shape, scope.stream(0), x.dtype)
    return ops.where(draws >= rate, x * (1.0 / (1.0 - rate)), 0.0)
