"""Transforms: functions that return gradients, Jacobians, Hessians, and products with them.

Arguments may be numbers, arrays or tensors.  Plain arguments give plain results.  If an argument,
or a variable that the function closes over, is a tensor, the result is a recorded tensor, so the
transforms can be nested to any order.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from chainrule.arguments import whole_numbers
from chainrule.autodiff.forward import push_forward
from chainrule.autodiff.reverse import check_real, check_scalar, pull_back
from chainrule.errors import DifferentiationError, OptionError
from chainrule.graph import Node, Spec, ancestors
from chainrule.graph.differentiation_levels import level
from chainrule.ops import Tensor, reshape, stack
from chainrule.ops import sum as add_up
from chainrule.ops.shapes import copy
from chainrule.ops.tensor import ANY_NUMBERS, Operand, constant, lift, numeric, zeros

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]
Argnums = int | Sequence[int]


def value_and_grad(function: Function, argnums: Argnums = 0) -> Function:
    """The function's value together with its gradient: x ↦ (f(x), ∂f/∂x).

    `argnums` are the positional arguments to differentiate with respect to; a sequence gives a
    tuple of gradients.  Raises DifferentiationError unless f returns one floating-point number.

    >>> import chainrule as cr
    >>> cr.value_and_grad(lambda x: x**2)(3.0)
    (9.0, 6.0)
    """

    def differentiated(*args: Any, **options: Any) -> tuple[Any, Any]:
        output, chosen, plain = _record(function, argnums, args, options)
        check_scalar(output, _name(function))
        seed = constant(np.ones(output.shape, output.dtype))
        found = pull_back(output, seed, chosen)
        return plain(output), _one_or_tuple(argnums, [plain(g) for g in found])

    return differentiated


def grad(function: Function, argnums: Argnums = 0) -> Function:
    """The gradient of a function that returns one number: x ↦ ∂f/∂x, in the shape of x.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda w: np.sum(w * w))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> cr.grad(cr.grad(cr.grad(np.exp)))(0.0)
    1.0
    """
    both = value_and_grad(function, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def vjp(function: Function, *args: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value and the pull-back: (f(x), g ↦ gᵀ·∂f/∂x for every argument).

    If g is a tensor, the products are recorded tensors, whatever the arguments were.

    >>> import numpy as np, chainrule as cr
    >>> y, pull = cr.vjp(lambda x: x * x, np.array([1.0, 2.0]))
    >>> pull(np.array([1.0, 10.0]))
    (array([ 2., 40.]),)
    """
    output, chosen, plain = _record(function, range(len(args)), args, {})

    def pull(cotangent: Any) -> tuple[Any, ...]:
        seed = lift(cotangent).astype(output.dtype)
        found = pull_back(output, seed, chosen)
        return tuple(found if isinstance(cotangent, Tensor) else map(plain, found))

    return plain(output), pull


def jvp(function: Function, args: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value and the directional derivative: (f(x), Σ ∂f/∂x·v over the arguments).

    Each operation uses its own rule of forward mode if it has one, else its pull-back twice.

    >>> import numpy as np, chainrule as cr
    >>> cr.jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 10.0))
    (12.0, 34.0)
    """
    output, chosen, plain = _record(function, range(len(args)), args, {})
    directions = {x.node: lift(v).astype(x.dtype) for x, v in zip(chosen, tangents, strict=True)}
    return plain(output), plain(push_forward(output, directions))


def jacobian(function: Function, argnums: Argnums = 0) -> Function:
    """The Jacobian x ↦ ∂fᵢ/∂xⱼ, of shape (*f(x).shape, *x.shape), with one pull-back for each row.

    >>> import numpy as np, chainrule as cr
    >>> cr.jacobian(lambda x: x * x[0])(np.array([2.0, 3.0]))
    array([[4., 0.],
           [3., 2.]])
    """

    def differentiated(*args: Any, **options: Any) -> Any:
        output, chosen, plain = _record(function, argnums, args, options)
        check_real(output, _name(function))
        rows: list[list[Tensor]] = []
        for i in range(output.size):
            seed = np.zeros(output.size, output.dtype)
            seed[i] = 1
            rows.append(pull_back(output, constant(seed.reshape(output.shape)), chosen))
        found: list[Any] = []
        for j, x in enumerate(chosen):
            shape = (*output.shape, *x.shape)
            column = [row[j] for row in rows]
            whole = reshape(stack(column), shape) if column else zeros(Spec(shape, x.dtype))
            found.append(plain(whole))
        return _one_or_tuple(argnums, found)

    return differentiated


def hessian(function: Function, argnums: int = 0) -> Function:
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
        return add_up(grad(function)(point) * v)

    return grad(directional_derivative)(x)


def _record(
    function: Function, argnums: Argnums, args: Sequence[Any], options: dict[str, Any]
) -> tuple[Tensor, list[Tensor], Callable[[Tensor], Any]]:
    """Run `function` on new variables, at a differentiation level of its own.

    Returns the output, the variables chosen by `argnums`, and a function that turns results into
    plain numbers or arrays unless they must stay tensors.
    """
    numbers = whole_numbers("argnums", argnums)
    wanted = [numbers] if isinstance(numbers, int) else list(numbers)
    if any(not -len(args) <= i < len(args) for i in wanted):
        raise OptionError(
            "argnums", expected=f"positions among {len(args)} arguments", got=f"{argnums}"
        )
    positions = [i % len(args) for i in wanted]
    fresh = list(args)
    with level() as opened:
        for i in set(positions):
            fresh[i] = _new_variable(args[i], opened)
        with _unwrapped():
            result = function(*fresh, **options)
    if not isinstance(result, (Tensor, np.ndarray, np.number, int, float, complex)):
        raise DifferentiationError(
            _name(function), expected="a tensor or a number", got=f"a {type(result).__name__}"
        )
    output = lift(cast(Operand, result))
    chosen = [fresh[i] for i in positions]
    traced = any(isinstance(arg, Tensor) for arg in args) or _depends_on_outside(output, chosen)
    scalars = all(isinstance(arg, (int, float, complex)) for arg in args)

    def plain(tensor: Tensor) -> Any:
        if traced or tensor.node.differentiated or tensor.node.value is None:
            return tensor
        value = tensor.value
        if value.ndim:
            return value.copy()
        return value.item() if scalars else value[()]

    return output, chosen, plain


@contextmanager
def _unwrapped() -> Generator[None]:
    """Raise the reason itself where NumPy hides it, as in `array[0] = tensor`."""
    try:
        yield
    except ValueError as error:
        if isinstance(error.__cause__, DifferentiationError):
            raise error.__cause__ from None
        raise


def _depends_on_outside(output: Tensor, chosen: list[Tensor]) -> bool:
    """Whether the output depends on variables other than `chosen`, through a closure."""
    if output.node.differentiated:  # in an enclosing differentiation
        return True
    own = {tensor.node for tensor in chosen}
    return any(node.variable for node in ancestors([output.node], stop=own) if node not in own)


def _new_variable(argument: Any, opened: int) -> Tensor:
    """The argument as a new node at the opened level: a variable, or a copy if it is a tensor."""
    if isinstance(argument, Tensor):
        copied = copy(argument if argument.spec.differentiable else argument.astype(np.float64))
        copied.node.differentiate(opened)
        return copied
    array = numeric(argument, "argument", ANY_NUMBERS)
    array = array.astype(array.dtype if array.dtype.kind in "fc" else np.float64)
    value = np.array(array)
    return Tensor(Node(lift(value).spec, value=value, variable=True, levels=(opened,)))


def _one_or_tuple(argnums: Argnums, found: list[Any]) -> Any:
    return found[0] if isinstance(whole_numbers("argnums", argnums), int) else tuple(found)


def _name(function: Function) -> str:
    return getattr(function, "__name__", "function")
