"""Finite differences: derivatives from values alone, slow but independent of the VJP rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff.transforms import grad, jacobian
from chainrule.errors import DifferentiationError
from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops import sum as add_up

__all__ = ["check_grad", "numeric_jacobian"]


def numeric_jacobian(function: Callable[..., Any], args: tuple[Any, ...], argnum: int) -> Array:
    """∂fᵢ/∂xⱼ ≈ (fᵢ(x + hⱼ) − fᵢ(x − hⱼ)) / 2h, in float64, extrapolated once to h → 0.

    The central differences D at h and h/2 are combined as (4·D(h/2) − D(h)) / 3, which leaves an
    error of order h⁴.

    >>> import numpy as np
    >>> numeric_jacobian(lambda x: x**2, (np.array([3.0]),), 0).round(8)
    array([[6.]])

    Richardson, "The deferred approach to the limit", 1927.
    """
    points = [np.array(_plain(arg), dtype=np.float64) for arg in args]
    x = points[argnum]
    shape = np.shape(_plain(function(*points)))
    columns: list[Array] = []
    for index in np.ndindex(*x.shape):
        h = 1e-3 * max(1.0, abs(float(x[index])))
        fine, coarse = (
            _central_difference(function, points, argnum, index, step) for step in (h / 2, h)
        )
        columns.append((4 * fine - coarse) / 3)
    if not columns:
        return np.zeros((*shape, *x.shape))
    return np.stack(columns, axis=-1).reshape((*shape, *x.shape))


def _central_difference(
    function: Callable[..., Any], points: list[Array], argnum: int, index: tuple[int, ...], h: float
) -> Array:
    sides: list[Array] = []
    for step in (h, -h):
        shifted = list(points)
        shifted[argnum] = points[argnum].copy()
        shifted[argnum][index] += step
        sides.append(np.asarray(_plain(function(*shifted)), dtype=np.float64))
    return (sides[0] - sides[1]) / (2 * h)


def check_grad(
    function: Callable[..., Any], *args: Any, order: int = 2, rtol: float = 1e-6, atol: float = 1e-8
) -> float:
    """Compare the derivatives of `function` up to `order` with central differences in float64.

    Returns the largest difference.  Raises DifferentiationError, which names the argument and the
    entry, if a difference exceeds atol + rtol·|expected|.  Results at kinks are meaningless.

    >>> import numpy as np, chainrule as cr
    >>> cr.check_grad(lambda x, y: np.sin(x) * y, 0.5, 2.0) < 1e-8
    True
    """
    points = tuple(np.array(_plain(arg), dtype=np.float64) for arg in args)
    worst = 0.0
    for argnum in range(len(points)):
        exact = np.asarray(jacobian(function, argnum)(*points))
        expected = numeric_jacobian(function, points, argnum)
        worst = max(worst, _compare(exact, expected, argnum, rtol, atol))
    if order > 1:
        for argnum in range(len(points)):
            slope = _weighted_gradient(function, points, argnum)
            worst = max(worst, check_grad(slope, *points, order=order - 1, rtol=rtol, atol=atol))
    return worst


def _weighted_gradient(
    function: Callable[..., Any], points: tuple[Array, ...], argnum: int
) -> Callable[..., Any]:
    """The function x ↦ ∂(Σ wᵢ·fᵢ)/∂x, with fixed and unequal weights, to differentiate again."""
    shape = np.shape(_plain(function(*points)))
    weights = np.cos(np.arange(1, 1 + int(np.prod(shape)), dtype=np.float64)).reshape(shape)
    return grad(lambda *args: add_up(function(*args) * weights), argnum)


def _compare(exact: Array, expected: Array, argnum: int, rtol: float, atol: float) -> float:
    difference = np.abs(exact - expected)
    excess = difference - (atol + rtol * np.abs(expected))
    if (excess.size and not np.nanmax(excess) <= 0) or np.isnan(exact).any():
        index = np.unravel_index(int(np.argmax(np.nan_to_num(excess, nan=np.inf))), excess.shape)
        raise DifferentiationError(
            f"argument {argnum}",
            expected=f"{expected[index]:.10g} by finite differences at {tuple(map(int, index))}",
            got=f"{exact[index]:.10g}",
            remedy="check the VJP rules involved",
        )
    return float(difference.max(initial=0.0))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Tensor) else value
