"""Transforms under the names that users of autograd know: products as functions of the point."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from chainrule.autodiff.reverse import pull_back_all
from chainrule.autodiff.transforms.gradients import grad, hvp, jvp, vjp
from chainrule.autodiff.transforms.recording import Argnums, Function, Recording
from chainrule.ops.tensor import constant

__all__ = ["elementwise_grad", "make_ggnvp", "make_hvp", "make_jvp", "make_vjp"]


def elementwise_grad(function: Function, argnums: Argnums = 0) -> Function:
    """The derivative of an elementwise function: x ↦ f′(x), entry by entry.

    For other functions it is the sum of the Jacobian over the outputs, Σᵢ ∂fᵢ/∂x.

    >>> import numpy as np, chainrule as cr
    >>> cr.elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """

    def differentiated(*args: Any, **options: Any) -> Any:
        record = Recording(function, argnums, args, options)
        seeds = [constant(np.ones(y.shape, y.dtype)) for y in record.outputs]
        return record.arguments(pull_back_all(record.outputs, seeds, record.chosen))

    return differentiated


def make_vjp(function: Function) -> Function:
    """The pull-back and the value at a point: x ↦ (g ↦ gᵀ·∂f/∂x, f(x)).

    >>> import chainrule as cr
    >>> pull, y = cr.make_vjp(lambda x: x * x)(3.0)
    >>> pull(10.0), y
    (60.0, 9.0)
    """

    def at(x: Any) -> tuple[Function, Any]:
        value, pull_all = vjp(function, x)

        def pull(cotangent: Any) -> Any:
            return pull_all(cotangent)[0]

        return pull, value

    return at


def make_jvp(function: Function) -> Function:
    """The push-forward at a point: x ↦ (v ↦ (f(x), ∂f/∂x·v)).

    >>> import chainrule as cr
    >>> cr.make_jvp(lambda x: x * x)(3.0)(10.0)
    (9.0, 60.0)
    """

    def product(x: Any, v: Any) -> Any:
        return jvp(function, (x,), (v,))

    return _at_a_point(product)


def make_hvp(function: Function) -> Function:
    """The product with the Hessian at a point: x ↦ (v ↦ H(x)·v); see `hvp`.

    >>> import chainrule as cr
    >>> cr.make_hvp(lambda x: x**3)(2.0)(10.0)
    120.0
    """
    return _at_a_point(partial(hvp, function))


def half_square(y: Any) -> Any:
    """Half the sum of squares, whose Hessian is the identity."""
    return 0.5 * np.sum(y * y)


def make_ggnvp(f: Function, g: Function = half_square) -> Function:
    """The product with the generalised Gauss-Newton matrix of g∘f: x ↦ (v ↦ Jᵀ·H·J·v).

    J is the Jacobian of f at x, and H the Hessian of g at f(x).

    >>> import numpy as np, chainrule as cr
    >>> cr.make_ggnvp(lambda x: 3.0 * x)(np.ones(2))(np.array([1.0, 2.0]))
    array([ 9., 18.])

    Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", 2002.
    """

    def product(x: Any, v: Any) -> Any:
        value, along = jvp(f, (x,), (v,))
        _, bent = jvp(grad(g), (value,), (along,))
        return vjp(f, x)[1](bent)[0]

    return _at_a_point(product)


def _at_a_point(product: Callable[[Any, Any], Any]) -> Function:
    """x ↦ (v ↦ product(x, v))."""

    def at(x: Any) -> Function:
        return partial(product, x)

    return at
