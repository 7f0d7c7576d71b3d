"""Defines reductions: operations that remove axes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from chainrule.arguments import real_number, truth, whole_number, whole_numbers
from chainrule.errors import BoundsError, OptionError, ShapeError
from chainrule.graph import Array, Kink, Spec, misfit
from chainrule.ops.define.dtypes import floating, on_floats
from chainrule.ops.define.primitive import apply, primitive
from chainrule.ops.dependence import Reduced
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["Reduction", "normal_axes", "normal_axis", "reduction", "same_along"]

ReductionRule = (
    Callable[[Tensor, Tensor, Tensor, tuple[int, ...]], Tensor]
    | Callable[[Tensor, Tensor, Tensor, tuple[int, ...], int], Tensor]
)


class Reduction(Protocol):
    """The signature of a recorded reduction."""

    def __call__(
        self, x: Operand, axis: Axis = None, keepdims: bool = False, **params: Any
    ) -> Tensor: ...


def reduction(
    *,
    vjp: ReductionRule,
    notation: Callable[[Array, Any, Any], Array] | None = None,
    numpy: tuple[Any, ...] = (),
    dtype: Callable[..., Any] = floating,
    kink: Kink | None = None,
    empty: bool = False,
    additive: bool = False,
    complex: bool = False,
) -> Callable[[Callable[..., Array]], Reduction]:
    """Turn a NumPy reduction into a recorded operation.

    The rule is `vjp(g, y, x, axis, **params)`.  In it, `axis` is a tuple, and `g` and `y` keep the
    reduced axes with length 1, so that they broadcast against `x`.  `empty` allows a reduction over
    no entries; `additive` means that it sums the entries, up to a constant factor; `complex`
    that they may be complex.
    """

    def decorate(value: Callable[..., Array]) -> Reduction:
        name = value.__name__
        computed = on_floats(value) if dtype is floating else value

        def shape(spec: Spec, *, axis: tuple[int, ...], keepdims: bool, **_: Any) -> Spec:
            if not empty and any(spec.shape[i] == 0 for i in axis):
                raise misfit(
                    "at least one entry along the reduced axes", "check that the array is not empty"
                )
            lengths = [(1 if i in axis else n) for i, n in enumerate(spec.shape)]
            if not keepdims:
                lengths = [n for i, n in enumerate(spec.shape) if i not in axis]
            return Spec(tuple(lengths), np.dtype(dtype(spec.dtype)))

        rule_with_axes: Callable[..., Tensor] = vjp

        def rule(
            g: Tensor, y: Tensor, x: Tensor, axis: tuple[int, ...], keepdims: bool, **params: Any
        ) -> Tensor:
            if not keepdims:
                lengths = tuple(1 if i in axis else n for i, n in enumerate(x.shape))
                g, y = g.reshape(lengths), y.reshape(lengths)
            return rule_with_axes(g, y, x, axis, **params)

        reduced = primitive(
            name,
            computed,
            shape=shape,
            vjp=(rule,),
            notation=notation,
            kink=kink,
            dependence=Reduced(rule, additive=additive),
            complex=complex,
        )
        parameters = inspect.signature(value).parameters
        options = set(parameters) - {"x", "axis", "keepdims"}
        kept_name = f"{name} keepdims"
        numbers = {key for key in options if type(parameters[key].default) in (int, float)}

        @functools.wraps(value)
        def record(x: Operand, axis: Axis = None, keepdims: bool = False, **params: Any) -> Tensor:
            if unknown := set(params) - options:
                raise OptionError(
                    name,
                    expected=f"options axis, keepdims{''.join(f', {o}' for o in options)}",
                    got=", ".join(sorted(unknown)),
                )
            x = lift(x)
            axes = normal_axes(axis, x.ndim, name)
            for key in numbers.intersection(params):
                params[key] = real_number(f"{name} {key}", params[key])
            kept = truth(kept_name, keepdims)
            return apply(reduced, x, axis=axes, keepdims=kept, **params)

        return provides(name, *numpy)(record)

    return decorate


def same_along(spec: Spec, axis: tuple[int, ...], **_: Any) -> Spec:
    """The shape rule of functions of the entries along axes that keep the shape."""
    if any(spec.shape[i] == 0 for i in axis):
        raise misfit("at least one entry along the axes")
    return Spec(spec.shape, floating(spec.dtype))


def normal_axes(axis: Axis, ndim: int, name: str) -> tuple[int, ...]:
    """Return axes as a sorted tuple of non-negative integers; None means all axes.

    Raises OptionError, with the operation's `name`, for what is no whole number or several, and
    ShapeError for axes out of range or named twice.
    """
    if axis is None:
        return tuple(range(ndim))
    if type(axis) is int and -ndim <= axis < ndim:  # as most are
        return (axis % ndim,)
    axes = whole_numbers(f"{name} axis", axis)
    axes = (axes,) if isinstance(axes, int) else axes
    normal = sorted(i + ndim if i < 0 else i for i in axes)
    outside = any(not 0 <= i < ndim for i in normal)
    if outside or len(set(normal)) != len(normal):
        raise (BoundsError if outside else ShapeError)(
            name,
            expected=f"distinct axes between {-ndim} and {ndim - 1}" if ndim else "no axis",
            got=f"axis={axis}",
            remedy=f"the operand has {ndim} axes",
        )
    return tuple(normal)


def normal_axis(axis: int, ndim: int, name: str) -> int:
    """Return one axis as a non-negative integer; errors are those of `normal_axes`."""
    return normal_axes(whole_number(f"{name} axis", axis), ndim, name)[0]
