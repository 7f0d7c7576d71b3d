"""Functions applied along axes, and functions that change arrays, which are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import whole_numbers
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.define import normal_axis
from chainrule.ops.movement.axes import moveaxis
from chainrule.ops.registry import NUMPY, provides
from chainrule.ops.shapes import expand_dims, reshape, stack, transpose
from chainrule.ops.tensor import Operand, Tensor, lift
from chainrule.ops.tensor.numpy_calls import qualified

__all__ = ["apply_along_axis", "apply_over_axes"]


@provides("apply_along_axis", np.apply_along_axis)
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Operand, *args: Any, **kwargs: Any
) -> Tensor:
    """The results of a function of the lines along an axis, in place of that axis.

    >>> apply_along_axis(np.sum, 0, [[1.0, 2.0], [3.0, 4.0]])
    Tensor([4., 6.])
    """
    x = lift(arr)
    position = normal_axis(axis, x.ndim, "np.apply_along_axis")
    lines = moveaxis(x, position, -1)
    lead = lines.shape[:-1]
    results = [lift(func1d(lines[index], *args, **kwargs)) for index in np.ndindex(*lead)]
    if not results:
        raise ShapeError("np.apply_along_axis", expected="at least one line", got=f"{x.shape}")
    found = reshape(stack(results), (*lead, *results[0].shape))
    own = range(len(lead), found.ndim)
    return transpose(found, (*range(position), *own, *range(position, len(lead))))


@provides("apply_over_axes", np.apply_over_axes)
def apply_over_axes(func: Callable[..., Any], a: Operand, axes: Any) -> Tensor:
    """A function such as a sum, applied to one axis after the other; the axes stay, with length 1.

    >>> apply_over_axes(np.sum, [[1.0, 2.0], [3.0, 4.0]], (0, 1))
    Tensor([[10.]])
    """
    x = lift(a)
    given = whole_numbers("np.apply_over_axes axes", axes)
    for axis in (given,) if isinstance(given, int) else given:
        position = normal_axis(axis, x.ndim, "np.apply_over_axes")
        found = lift(func(x, position))
        x = found if found.ndim == x.ndim else expand_dims(found, position)
    return x


REMEDIES = {
    np.copyto: "np.where(condition, new, old)",
    np.fill_diagonal: "np.where(np.eye(n, dtype=bool), new, old)",
    np.place: "np.where(mask, new, old)",
    np.put: "np.where(condition, new, old)",
    np.put_along_axis: "np.where(condition, new, old)",
    np.putmask: "np.where(mask, new, old)",
}
"""What to write in place of the functions that change their first argument."""


def _refusal(function: Callable[..., Any]) -> Callable[..., Any]:
    def refuse(*args: Any, **options: Any) -> Any:
        raise OptionError(
            qualified(function),
            expected="a new array, since recorded values never change",
            got="a change in place, of a tensor or by one",
            remedy=f"write {REMEDIES[function]}",
        )

    return refuse


NUMPY.update({function: _refusal(function) for function in REMEDIES})
