"""Transforms: functions that return gradients, Jacobians, Hessians, and products with them.

Arguments may be numbers, arrays or tensors, and tuples, lists and dicts of them, nested; gradients
have the structure of the arguments.  Plain arguments give plain results.  If an argument, or a
variable that the function closes over, is a tensor, the result is a recorded tensor, so the
transforms can be nested to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from chainrule.autodiff.forward import push_forward
from chainrule.autodiff.recording import Argnums, Function, Recording, name_of
from chainrule.autodiff.reverse import check_real, check_scalar, pull_back, pull_back_all
from chainrule.autodiff.trees import flatten
from chainrule.errors import DifferentiationError, ShapeError
from chainrule.graph import Spec
from chainrule.ops import Tensor, reshape, stack
from chainrule.ops import sum as add_up
from chainrule.ops.tensor import constant, lift, zeros

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]


def value_and_grad(function: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The function's value together with its gradient: x ↦ (f(x), ∂f/∂x).

    `argnums` are the positional arguments to differentiate with respect to; a sequence gives a
    tuple of gradients.  With `has_aux`, the function returns a pair, of which the second part is
    not differentiated: x ↦ ((f(x), aux), ∂f/∂x).  Raises DifferentiationError unless f returns one
    floating-point number.

    >>> import chainrule as cr
    >>> cr.value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    >>> cr.value_and_grad(lambda p: p["w"] * 3.0 + p["b"])({"w": 2.0, "b": 1.0})
    (7.0, {'w': 3.0, 'b': 1.0})
    """

    def differentiated(*args: Any, **options: Any) -> tuple[Any, Any]:
        record = Recording(function, argnums, args, options, has_aux)
        if len(record.outputs) != 1:
            raise DifferentiationError(
                name_of(function),
                expected="one number to differentiate",
                got=f"{len(record.outputs)} outputs",
                remedy="return one, or a pair with has_aux=True, or use cr.jacobian",
            )
        (output,) = record.outputs
        check_scalar(output, name_of(function))
        seed = constant(np.ones(output.shape, output.dtype))
        found = record.arguments(pull_back(output, seed, record.chosen))
        value = record.output([output])
        return (value, record.aux) if has_aux else value, found

    return differentiated


def grad(function: Function, argnums: Argnums = 0, has_aux: bool = False) -> Function:
    """The gradient of a function that returns one number: x ↦ ∂f/∂x, in the structure of x.

    With `has_aux`, the function returns a pair (f(x), aux), and the gradient comes with it:
    x ↦ (∂f/∂x, aux).

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda w: np.sum(w * w))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> cr.grad(cr.grad(cr.grad(np.exp)))(0.0)
    1.0
    >>> cr.grad(lambda p: p[0] * p[1]["b"])((2.0, {"b": 5.0}))
    (5.0, {'b': 2.0})
    """
    both = value_and_grad(function, argnums, has_aux)

    def differentiated(*args: Any, **options: Any) -> Any:
        value, found = both(*args, **options)
        return (found, value[1]) if has_aux else found

    return differentiated


def vjp(function: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value and the pull-back: (f(x), g ↦ gᵀ·∂f/∂x for every argument).

    The cotangent g has the structure of f(x).  If there is a tensor in it, the products are
    recorded tensors, whatever the arguments were.

    >>> import numpy as np, chainrule as cr
    >>> y, pull = cr.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    record = Recording(function, range(len(args)), args, {})

    def pull(cotangent: Any) -> tuple[Any, ...]:
        leaves = record.structure.leaves_of("cotangent", cotangent)
        seeds, recorded = _lifted("cotangent", leaves, record.outputs)
        found = pull_back_all(record.outputs, seeds, record.chosen)
        return record.arguments(found, plain=not recorded)

    return record.output(record.outputs), pull


def jvp(function: Function, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value and the directional derivative: (f(x), Σ ∂f/∂x·v over the arguments).

    Each operation uses its own rule of forward mode if it has one, else its pull-back twice.

    >>> import numpy as np, chainrule as cr
    >>> cr.jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    record = Recording(function, range(len(args)), args, {})
    directions, recorded = _lifted("tangents", record.directions(tangents), record.chosen)
    given = {x.node: v for x, v in zip(record.chosen, directions, strict=True)}
    found = push_forward(record.outputs, given)
    return record.output(record.outputs), record.output(found, plain=not recorded)


def _lifted(where: str, leaves: Sequence[Any], like: Sequence[Tensor]) -> tuple[list[Tensor], bool]:
    """The cotangents or tangents of tensors, and whether one of them is recorded."""
    found: list[Tensor] = []
    for leaf, tensor in zip(leaves, like, strict=True):
        direction = lift(leaf).astype(tensor.dtype)
        if direction.shape != tensor.shape:
            raise ShapeError(where, expected=f"shape {tensor.shape}", got=f"{direction.shape}")
        found.append(direction)
    return found, any(isinstance(leaf, Tensor) for leaf in leaves)


def jacobian(function: Function, argnums: Argnums = 0) -> Function:
    """The Jacobian x ↦ ∂fᵢ/∂xⱼ, of shape (*f(x).shape, *x.shape), with one pull-back for each row.

    For trees of outputs or arguments it has the structure of the outputs, with that of the
    arguments in place of each of them.

    >>> import numpy as np, chainrule as cr
    >>> cr.jacobian(lambda x: x * x[0])(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    def differentiated(*args: Any, **options: Any) -> Any:
        record = Recording(function, argnums, args, options)
        for output in record.outputs:
            check_real(output, name_of(function))
        return record.structure.rebuild(
            [record.arguments(_jacobians(output, record.chosen)) for output in record.outputs]
        )

    return differentiated


def _jacobians(output: Tensor, chosen: Sequence[Tensor]) -> list[Tensor]:
    """The Jacobian of an output with respect to each variable."""
    rows: list[list[Tensor]] = []
    for i in range(output.size):
        seed = np.zeros(output.size, output.dtype)
        seed[i] = 1
        rows.append(pull_back(output, constant(seed.reshape(output.shape)), chosen))
    found: list[Tensor] = []
    for j, x in enumerate(chosen):
        shape = (*output.shape, *x.shape)
        column = [row[j] for row in rows]
        found.append(reshape(stack(column), shape) if column else zeros(Spec(shape, x.dtype)))
    return found


def hessian(function: Function, argnums: Argnums = 0) -> Function:
    """The second derivatives of a function that returns one number: x ↦ ∂²f/∂xᵢ∂xⱼ.

    >>> import numpy as np, chainrule as cr
    >>> cr.hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return jacobian(grad(function, argnums), argnums)


def hvp(function: Function, x: Any, v: Any) -> Any:
    """The Hessian-vector product H(x)·v: the gradient of <∂f/∂x, v>, without forming the Hessian.

    >>> import numpy as np, chainrule as cr
    >>> cr.hvp(lambda x: np.sum(x**3), np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])

    Pearlmutter, "Fast exact multiplication by the Hessian", 1994.
    """

    def directional_derivative(point: Any) -> Tensor:
        slopes, directions = flatten(grad(function)(point))[0], flatten(v)[0]
        parts = [add_up(slope * to) for slope, to in zip(slopes, directions, strict=True)]
        return reduce(add, parts)

    return grad(directional_derivative)(x)
