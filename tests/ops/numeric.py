"""Functions for JAX whose values mpmath computes, with numeric derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import mpmath
import numpy as np

DIGITS = 30


@functools.cache
def numeric(function: Callable[..., Any], orders: tuple[int, ...] = (0,)) -> Callable[..., Any]:
    """The JAX function of numbers of mpmath's; with `orders`, its partial derivative of these."""

    def entry(*numbers: float) -> float:
        with mpmath.workdps(DIGITS):
            point = tuple(mpmath.mpf(float(number)) for number in numbers)
            return float(mpmath.diff(function, point, orders) if any(orders) else function(*point))

    @jax.custom_jvp
    def value(*arrays: Any) -> Any:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        result = jax.ShapeDtypeStruct(shape, arrays[0].dtype)
        return jax.pure_callback(np.vectorize(entry, [float]), result, *arrays)

    def pushed(arrays: Any, tangents: Any) -> Any:
        moved = 0.0
        for i, tangent in enumerate(tangents):
            next_orders = tuple(order + (i == k) for k, order in enumerate(orders))
            moved = moved + numeric(function, next_orders)(*arrays) * tangent
        return value(*arrays), moved

    value.defjvp(pushed)
    return value


def of_orders(function: Callable[[Any, Any], Any], several: Any) -> Callable[[Any], Any]:
    """A function of x whose last axis has an order for each entry."""
    oracles = [numeric(functools.partial(function, order)) for order in several]

    def stacked(x: Any) -> Any:
        entries = jax.numpy.broadcast_to(x, np.broadcast_shapes(x.shape, (len(oracles),)))
        found = [oracle(entries[..., i]) for i, oracle in enumerate(oracles)]
        return jax.numpy.stack(found, axis=-1)

    return stacked
