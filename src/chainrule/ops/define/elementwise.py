"""Defines elementwise operations.

Their VJP rules are written for operands of equal shape, as in a textbook; the sum over the axes
along which an operand was broadcast is added here.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from chainrule.graph import Array, Kink, Primitive, Rule, Spec, misfit
from chainrule.ops.define.dtypes import arithmetic, floating, on_floats
from chainrule.ops.define.notation import entry_by_entry
from chainrule.ops.define.primitive import (
    Rule1,
    Value1,
    apply,
    as_cotangent,
    lift_together,
    primitive,
)
from chainrule.ops.dependence import Elementwise
from chainrule.ops.registry import FUNCTIONS, provides
from chainrule.ops.tensor import Operand, Tensor, lift

if TYPE_CHECKING:
    from chainrule.formula import Notation

__all__ = ["binary", "broadcast_shapes", "elementwise", "unary"]

# Signatures of rules of one, two and three operands; with them, pyright infers the argument types
# of lambdas.
Dtype3 = Callable[[np.dtype[Any], np.dtype[Any], np.dtype[Any]], Any]
Vjp1 = Callable[[Tensor, Tensor, Tensor], Tensor]
Vjp2 = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Vjp3 = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
Unary = Callable[[Operand], Tensor]
Binary = Callable[[Operand, Operand], Tensor]

Recorded = TypeVar("Recorded", bound=Callable[..., Tensor])


def _signature(*operands: str) -> inspect.Signature:
    """The signature of a recorded operation."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind, annotation="Operand") for name in operands]
    return inspect.Signature(parameters, return_annotation="Tensor")


UNARY, BINARY = _signature("x"), _signature("x", "y")
"""Written out once: to have Python find them takes half the time of defining an operation."""


def elementwise(
    name: str,
    value: Value1 | Callable[..., Array],
    *,
    vjp: tuple[Rule1] | tuple[None, Vjp3, Vjp3] | tuple[Rule | None, ...],
    notation: Notation | None = None,
    dtype: Dtype3 | Callable[..., Any],
    kink: Kink | None = None,
    domain: str = "",
    complex: bool = False,
) -> Primitive:
    """Create and register a primitive that acts on each entry, with NumPy broadcasting.

    A `notation` is a function of formulas, here, for a single entry.  `complex` says that the
    operands may be complex.
    """
    if dtype is floating:
        value = on_floats(value)

    def shape(*specs: Spec, **params: Any) -> Spec:
        try:
            broadcast = broadcast_shapes(*[spec.shape for spec in specs])
        except ValueError:
            raise misfit(
                "shapes equal, or 1, axis by axis from the last (NumPy broadcasting)",
                "reshape or transpose one of them",
            ) from None
        return Spec(broadcast, np.dtype(dtype(*[spec.dtype for spec in specs], **params)))

    rules = tuple(
        rule and _summed_over_broadcast(rule, position) for position, rule in enumerate(vjp)
    )
    return primitive(
        name,
        value,
        shape=shape,
        vjp=rules,
        notation=notation and entry_by_entry(notation),
        kink=kink,
        domain=domain,
        elementwise=True,
        dependence=Elementwise(vjp),
        complex=complex,
    )


def broadcast_shapes(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """`numpy.broadcast_shapes`, but faster for shapes that are equal or ()."""
    distinct = {shape for shape in shapes if shape}
    return (
        np.broadcast_shapes(*distinct) if len(distinct) > 1 else distinct.pop() if distinct else ()
    )


def _summed_over_broadcast(rule: Rule, position: int) -> Rule:
    """The rule with its result as a cotangent of the input.

    It is summed over the axes along which the input was broadcast, and in the dtype of the input.
    """

    @functools.wraps(rule)
    def summed(g: Tensor, y: Tensor, *inputs: Tensor, **params: Any) -> Tensor:
        x = inputs[position]
        gradient = rule(g, y, *inputs, **params)
        if gradient.shape != x.shape:
            gradient = FUNCTIONS["sum_to"](gradient, x.shape)
        return as_cotangent(gradient, x)

    return summed


def unary(
    *,
    vjp: Vjp1 | None,
    notation: Notation | None = None,
    numpy: tuple[Any, ...] = (),
    dtype: Callable[[np.dtype[Any]], Any] = floating,
    kink: Kink | None = None,
    domain: str = "",
    complex: bool = False,
) -> Callable[[Callable[[Array], Array]], Unary]:
    """Turn a NumPy function of one array into a recorded elementwise operation."""

    def decorate(value: Callable[[Array], Array]) -> Unary:
        name = value.__name__
        created = elementwise(
            name,
            value,
            vjp=(vjp,),
            notation=notation,
            dtype=dtype,
            kink=kink,
            domain=domain,
            complex=complex,
        )

        def record(x: Operand) -> Tensor:
            return apply(created, lift(x))

        return _provided(record, value, UNARY, numpy)

    return decorate


def binary(
    *,
    vjp: tuple[Vjp2 | None, Vjp2 | None],
    notation: Notation | None = None,
    numpy: tuple[Any, ...] = (),
    dtype: Callable[..., Any] = arithmetic,
    kink: Kink | None = None,
    domain: str = "",
    complex: bool = False,
) -> Callable[[Callable[[Array, Array], Array]], Binary]:
    """Turn a NumPy function of two arrays into a recorded elementwise operation."""

    def decorate(value: Callable[[Array, Array], Array]) -> Binary:
        name = value.__name__
        created = elementwise(
            name,
            value,
            vjp=vjp,
            notation=notation,
            dtype=dtype,
            kink=kink,
            domain=domain,
            complex=complex,
        )

        def record(x: Operand, y: Operand) -> Tensor:
            return apply(created, *lift_together(x, y))

        return _provided(record, value, BINARY, numpy)

    return decorate


def _provided(
    record: Recorded,
    value: Callable[..., Array],
    signature: inspect.Signature,
    numpy: tuple[Any, ...],
) -> Recorded:
    """Name and document the function like the value, but with its own signature; register it."""
    functools.update_wrapper(record, value)
    setattr(record, "__signature__", signature)  # noqa: B010  (functions declare no such attribute)
    return provides(value.__name__, *numpy)(record)
