"""The derivative of holomorphic functions: f′(z), one complex number for each entry of z."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.arguments import whole_numbers
from chainrule.autodiff.transforms.gradients import vjp
from chainrule.autodiff.transforms.recording import name_of
from chainrule.errors import DifferentiationError
from chainrule.ops import Tensor

__all__ = ["holomorphic_grad"]


def holomorphic_grad(
    function: Callable[..., Any], argnums: int | Sequence[int] = 0
) -> Callable[..., Any]:
    """The derivative of a holomorphic function that returns one complex number: z ↦ f′(z).

    Gradients follow one convention: for a real u and a complex z = x + iy,

    cr.grad(u)(z) = ∂u/∂x − i·∂u/∂y

    so that a step against its conjugate makes u smaller.  For a holomorphic f it makes the
    gradient of Re f the derivative f′(z), and the rules of exp, products and so on are the same for
    real and for complex numbers.

    Raises DifferentiationError unless f returns one complex number, and where its derivatives along
    the real and the imaginary axis disagree, as those of |z| or of the conjugate do.

    >>> import numpy as np, chainrule as cr
    >>> cr.holomorphic_grad(lambda z: z**3)(1.0 + 2.0j)
    (-9+12j)
    >>> cr.grad(lambda z: np.abs(z) ** 2)(1.0 + 2.0j)
    (2-4j)

    Kreutz-Delgado, "The Complex Gradient Operator and the CR-Calculus", 2009.
    """

    def differentiated(*args: Any, **options: Any) -> Any:
        numbers = whole_numbers("argnums", argnums)
        single = isinstance(numbers, int)
        positions = (numbers,) if single else tuple(numbers)

        def chosen(*points: Any) -> Any:
            full = list(args)
            for i, point in zip(positions, points, strict=True):
                full[i] = point
            return function(*full, **options)

        value, pull = vjp(chosen, *(_as_complex(args[i]) for i in positions))
        if np.size(value) != 1 or not np.iscomplexobj(value):
            raise DifferentiationError(
                name_of(function),
                expected="one complex number to differentiate",
                got=f"{'a complex' if np.iscomplexobj(value) else 'a real'} output of shape "
                f"{np.shape(value)}",
                remedy="use cr.grad where the output is real",
            )
        seed = np.ones(np.shape(value))
        found, across = pull(seed), pull(1j * seed)
        if any(_differ(1j * one, other) for one, other in zip(found, across, strict=True)):
            raise DifferentiationError(
                name_of(function),
                expected="a holomorphic function, whose slope is the same in all directions",
                got="one whose slopes along the real and the imaginary axis differ",
                remedy="use cr.grad of its real and of its imaginary part",
            )
        return found[0] if single else found

    return differentiated


def _as_complex(argument: Any) -> Any:
    """A real argument as a complex one: only among complex numbers is the function holomorphic."""
    if isinstance(argument, Tensor):
        return argument.astype(np.result_type(argument.dtype, np.complex64))
    array = np.asarray(argument)
    if array.dtype.kind not in "biuf":
        return argument
    return array.astype(np.result_type(array.dtype, np.complex64)) if array.ndim else complex(array)


def _differ(expected: Any, found: Any) -> bool:
    """Whether two results differ by more than rounding, as far as they are known and finite."""
    values = [one.node.value if isinstance(one, Tensor) else one for one in (expected, found)]
    if any(value is None for value in values):
        return False
    a, b = map(np.asarray, values)
    finite = np.isfinite(a) & np.isfinite(b)
    largest = np.max(np.abs(a), initial=0.0, where=finite)
    allowed = 10 * np.sqrt(np.finfo(a.dtype).eps) * largest
    return bool((np.abs(a - b) > allowed)[finite].any())
