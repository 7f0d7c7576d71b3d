"""Finite differences: derivatives from values alone, slow but independent of the VJP rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import numpy as np

from chainrule.arguments import real_number, whole_number
from chainrule.autodiff.adaptive_differences import Slope, central_slope, one_sided_slope
from chainrule.autodiff.real_and_imaginary import as_real
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
    return _slopes_and_bends(function, args, argnum)[0]


def _slopes_and_bends(
    function: Callable[..., Any], args: tuple[Any, ...], argnum: int
) -> tuple[Array, Array]:
    """The numeric Jacobian, and where the function looks bent however near one looks: at a kink.

    The bend (f(x + h) − 2·f(x) + f(x − h)) / h halves with h where there is a second derivative; at
    a kink it is the difference of both slopes.
    """
    points = [np.array(_plain(arg), dtype=np.float64) for arg in args]
    x = points[argnum]
    here = np.asarray(_plain(function(*points)), dtype=np.float64)
    slopes: list[Array] = []
    bends: list[Array] = []
    for index in np.ndindex(*x.shape):
        h = 1e-3 * max(1.0, abs(float(x[index])))
        (fine, near), (coarse, far) = (
            _differences(function, points, argnum, index, step, here) for step in (h / 2, h)
        )
        slope = (4 * fine - coarse) / 3
        slopes.append(slope)
        bends.append((near > 0.7 * far) & (near > 1e-6 + 1e-3 * np.abs(slope)))
    shape = (*here.shape, *x.shape)
    if not slopes:
        return np.zeros(shape), np.zeros(shape, bool)
    return np.stack(slopes, -1).reshape(shape), np.stack(bends, -1).reshape(shape)


def _differences(
    function: Callable[..., Any],
    points: list[Array],
    argnum: int,
    index: tuple[int, ...],
    h: float,
    here: Array,
) -> tuple[Array, Array]:
    """The central difference, and the size of the bend, for steps of ±h."""
    sides: list[Array] = []
    for step in (h, -h):
        shifted = list(points)
        shifted[argnum] = points[argnum].copy()
        shifted[argnum][index] += step
        sides.append(np.asarray(_plain(function(*shifted)), dtype=np.float64))
    above, below = sides
    return (above - below) / (2 * h), np.abs((above - here) + (below - here)) / h


def check_grad(
    function: Callable[..., Any], *args: Any, order: int = 2, rtol: float = 1e-6, atol: float = 1e-8
) -> float:
    """Compare the derivatives of `function` up to `order` with central differences in float64.

    Returns the largest difference.  Raises DifferentiationError, which names the argument and the
    entry, if a difference exceeds atol + rtol·|expected| and what finite differences can be off by;
    if a derivative is not finite; at a kink, with the slopes of both sides; and where no finite
    difference settles on a number.  A complex argument or result counts as its real and imaginary
    parts, along a further axis.

    >>> import numpy as np, chainrule as cr
    >>> cr.check_grad(lambda x, y: np.sin(x) * y, 0.5, 2.0) < 1e-8
    True
    """
    function, points = as_real(function, tuple(map(_plain, args)))
    points = tuple(np.array(point, dtype=np.float64) for point in points)
    order = whole_number("check_grad order", order, 1)
    tolerances = real_number("check_grad rtol", rtol), real_number("check_grad atol", atol)
    return _check(function, points, order, tolerances, "")


def _check(
    function: Callable[..., Any],
    points: tuple[Array, ...],
    order: int,
    tolerances: tuple[float, float],
    whose: str,
) -> float:
    (rtol, atol), worst = tolerances, 0.0
    for argnum in range(len(points)):
        exact = np.asarray(jacobian(function, argnum)(*points))
        with np.errstate(all="ignore"):
            expected, bent = _slopes_and_bends(function, points, argnum)
            off = np.abs(exact - expected)
            doubtful = bent | ~(off <= atol + rtol * np.abs(expected))
        worst = max(worst, float(off[~doubtful].max(initial=0.0)))
        for index in map(tuple, np.argwhere(doubtful)):
            entry = _Entry(function, points, argnum, index, (f"argument {argnum}", whose))
            worst = max(worst, entry.compare(float(exact[index]), rtol, atol))
    if order > 1:
        for argnum in range(len(points)):
            slope = _weighted_gradient(function, points, argnum)
            of = f" of the gradient by argument {argnum}{whose}"
            worst = max(worst, _check(slope, points, order - 1, tolerances, of))
    return worst


def _weighted_gradient(
    function: Callable[..., Any], points: tuple[Array, ...], argnum: int
) -> Callable[..., Any]:
    """The function x ↦ ∂(Σ wᵢ·fᵢ)/∂x, with fixed and unequal weights, to differentiate again."""
    shape = np.shape(_plain(function(*points)))
    weights = np.cos(np.arange(int(np.prod(shape)), dtype=np.float64)).reshape(shape)
    return grad(lambda *args: add_up(function(*args) * weights), argnum)


@final
class _Entry:
    """One entry of a Jacobian, where the steps of `numeric_jacobian` gave another number."""

    def __init__(
        self,
        function: Callable[..., Any],
        points: tuple[Array, ...],
        argnum: int,
        index: tuple[int, ...],
        where: tuple[str, str],
    ) -> None:
        self._where, self._of_gradient = "".join(where), bool(where[1])
        self._function, self._points, self._argnum = function, points, argnum
        self._index = tuple(map(int, index))
        n = len(self._index) - points[argnum].ndim
        self._result, self._variable = self._index[:n], self._index[n:]

    def _value(self, number: float) -> float:
        shifted = list(self._points)
        shifted[self._argnum] = shifted[self._argnum].copy()
        shifted[self._argnum][self._variable] = number
        with np.errstate(all="ignore"):  # steps may leave the domain
            return float(np.asarray(_plain(self._function(*shifted)))[self._result])

    def compare(self, exact: float, rtol: float, atol: float) -> float:
        """The difference from an estimate by steps of many lengths; raises if it is too large."""
        x = float(self._points[self._argnum][self._variable])
        below, above = (one_sided_slope(self._value, x, side) for side in (-1, 1))
        if below.error == np.inf or above.error == np.inf:  # x is at the end of the domain
            expected = min(below, above, key=lambda slope: slope.error)
        else:
            expected = central_slope(self._value, x)
        difference = abs(exact - expected.value)
        allowed = atol + rtol * abs(expected.value) + 2 * expected.error
        # at a kink the rule may have the mean of both slopes, which central differences have too
        if difference <= allowed and _settled(expected) and not _kink(below, above):
            return difference
        raise self._error(x, exact, expected, below, above)

    def _error(
        self, x: float, exact: float, expected: Slope, below: Slope, above: Slope
    ) -> DifferentiationError:
        wanted, remedy = (
            f"{expected.value:.10g} by finite differences",
            "check the VJP rules involved",
        )
        jump = self._jump(x)
        if _kink(below, above):
            wanted = (
                f"no kink, where the slope is {below.value:.6g} below and {above.value:.6g} above"
            )
            remedy = "check at another point: no rule can be right on both sides"
        elif jump is not None and not _settled(below):
            what = "kink, where the slope" if self._of_gradient else "jump, where the value"
            wanted = f"no {what} is {jump[0]:.6g} below and {jump[1]:.6g} above"
            remedy = "check at another point: there is no slope here"
        elif not _settled(expected):
            wanted = "finite differences that settle on a number"
            remedy = "check at another point: the function ends or is too noisy here"
        return DifferentiationError(
            self._where,
            expected=f"{wanted} at {self._index}",
            got=f"{exact:.10g}",
            remedy=remedy,
        )

    def _jump(self, x: float) -> tuple[float, float] | None:
        """The values just below and above `x`, if they differ and hardly change farther off."""
        unit = float(np.spacing(abs(x))) if x else 1e-12
        far = 4.0 ** np.arange(1, 6) * unit
        below, above = ([self._value(x + side * step) for step in far] for side in (-1, 1))
        height = abs(above[0] - below[0])
        flat = max(np.ptp(below), np.ptp(above)) < 0.1 * height
        seen = flat and height > 1e-3 * max(abs(below[0]), abs(above[0]))
        return (below[0], above[0]) if seen else None


def _kink(below: Slope, above: Slope) -> bool:
    """Whether the slopes on both sides differ by more than their errors."""
    bend = abs(above.value - below.value) - 10 * (below.error + above.error)
    return bool(bend > 1e-3 * max(abs(above.value), abs(below.value)))


def _settled(slope: Slope) -> bool:
    """Whether a slope is known well enough to prove anything."""
    return slope.error <= max(1e-6, 1e-3 * abs(slope.value))


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Tensor) else value
