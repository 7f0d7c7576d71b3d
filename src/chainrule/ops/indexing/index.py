"""Taking entries out and putting gradients back in their places."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, cast

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Spec
from chainrule.ops.define import apply, primitive
from chainrule.ops.define.entries import Moved, Scattered
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["getitem", "one_hot", "put_add"]


class Slice(NamedTuple):
    """A slice that can be compared and printed."""

    start: int | None
    stop: int | None
    step: int | None


ARRAY = "array"
"""Stands in a template for the next integer array among the operands."""

Template = tuple[Any, ...]


def _filled(template: Template, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The NumPy index a template stands for."""
    rest = iter(arrays)
    return tuple(
        next(rest) if part == ARRAY else slice(*part) if isinstance(part, Slice) else part
        for part in template
    )


def _taken(spec: Spec, *arrays: Spec, index: Template) -> Spec:
    # a view without memory of its own: NumPy works out the shape, nothing is copied
    stand_in = np.broadcast_to(np.zeros((), bool), spec.shape)
    picks = tuple(np.zeros(array.shape, int) for array in arrays)
    try:
        return Spec(stand_in[_filled(index, picks)].shape, spec.dtype)
    except IndexError as error:
        raise ShapeError(
            "getitem", expected=f"an index into shape {spec.shape}", got=f"one with {error}"
        ) from None


def _getitem(x: Array, *arrays: Array, index: Template) -> Array:
    return x[_filled(index, arrays)]


def _getitem_vjp(
    i: int, g: Tensor, y: Tensor, x: Tensor, *arrays: Tensor, index: Template
) -> Tensor | None:
    return put_add(g, *arrays, index=index, shape=x.shape) if i == 0 else None


_GETITEM = primitive(
    "getitem",
    _getitem,
    shape=_taken,
    vjp=_getitem_vjp,
    entries=Moved(_getitem, operands=1),
)


@provides("getitem")
def getitem(x: Operand, index: Any) -> Tensor:
    """x[index] as in NumPy: integers, slices, None, …, integer arrays, boolean masks.

    The gradient goes back to the places it came from; an entry taken twice gets both.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda x: cr.sum(x[[0, 0, 2]]))(np.ones(3))
    array([2., 0., 1.])
    """
    x = lift(x)
    template: list[Any] = []
    arrays: list[Tensor] = []
    parts = cast(tuple[Any, ...], index) if isinstance(index, tuple) else (index,)
    for part in parts:
        if part is None or part is Ellipsis:
            template.append(part)
        elif isinstance(part, slice):
            template.append(_slice(part))
        elif isinstance(part, (int, np.integer)) and not isinstance(part, bool):
            template.append(part.__index__())
        else:
            for array in _integers(part):
                template.append(ARRAY)
                arrays.append(array)
    _check_bounds(x, template, arrays)
    return apply(_GETITEM, x, *arrays, index=tuple(template))


def _slice(part: Any) -> Slice:
    ends = (part.start, part.stop, part.step)
    return Slice(*(None if place is None else int(place) for place in ends))


def _integers(part: Any) -> list[Tensor]:
    """An index array as integer tensors: a boolean mask becomes the places where it is true."""
    array = lift(part)
    if not array.size and not isinstance(part, (Tensor, np.ndarray)):
        array = array.astype(int)  # an empty list picks nothing; NumPy takes it for floats
    if array.dtype.kind == "b":
        return [lift(places) for places in np.nonzero(array.value)]
    if array.dtype.kind not in "iu":
        raise OptionError(
            "getitem",
            expected="integers, slices, integer arrays or boolean masks as index",
            got=f"an array of {array.dtype}",
        )
    return [array]


def _check_bounds(x: Tensor, template: list[Any], arrays: list[Tensor]) -> None:
    values = [array.node.value for array in arrays]
    if any(value is None for value in values):
        return
    probe = np.broadcast_to(np.zeros((), bool), x.shape)
    try:
        probe[_filled(tuple(template), tuple(values))]
    except IndexError as error:
        raise ShapeError(
            "getitem", expected=f"an index into shape {x.shape}", got=f"one that fails: {error}"
        ) from None


def _put(g: Array, *arrays: Array, index: Template, shape: tuple[int, ...]) -> Array:
    out = np.zeros(shape, g.dtype)
    np.add.at(out, _filled(index, arrays), g)
    return out


def _put_formulas(g: Array, *arrays: Array, index: Template, shape: tuple[int, ...]) -> Array:
    out = np.full(shape, 0.0, dtype=object)
    np.add.at(out, _filled(index, tuple(a.astype(int) for a in arrays)), g)
    return out


def _put_shape(g: Spec, *arrays: Spec, index: Template, shape: tuple[int, ...]) -> Spec:
    return Spec(shape, g.dtype)


def _put_vjp(
    i: int,
    h: Tensor,
    y: Tensor,
    g: Tensor,
    *arrays: Tensor,
    index: Template,
    shape: tuple[int, ...],
) -> Tensor | None:
    return apply(_GETITEM, h, *arrays, index=index) if i == 0 else None


def _landing(g: Array, *arrays: Array, index: Template, shape: tuple[int, ...]) -> Array:
    return _getitem(np.arange(math.prod(shape)).reshape(shape), *arrays, index=index)


_PUT_ADD = primitive(
    "put_add",
    _put,
    shape=_put_shape,
    vjp=_put_vjp,
    notation=_put_formulas,
    entries=Scattered(_landing),
)


def put_add(g: Operand, *arrays: Tensor, index: Template, shape: tuple[int, ...]) -> Tensor:
    """Zeros of `shape` with `g` added in where `index` takes from: the transpose of `getitem`."""
    return apply(_PUT_ADD, lift(g), *arrays, index=index, shape=shape)


def _one_hot(x: Array, classes: int, dtype: np.dtype[Any]) -> Array:
    return (x[..., None] == np.arange(classes)).astype(dtype)


_ONE_HOT = primitive(
    "one_hot",
    _one_hot,
    shape=lambda spec, classes, dtype: Spec((*spec.shape, classes), dtype),
    vjp=(None,),
)


@provides("one_hot")
def one_hot(x: Operand, classes: int, dtype: Any = np.float64) -> Tensor:
    """Integer labels as rows with a single 1; labels outside 0 … classes − 1 are an error.

    >>> import chainrule as cr
    >>> cr.one_hot([0, 2], 3)
    Tensor([[1., 0., 0.],
            [0., 0., 1.]])
    """
    x = lift(x)
    if x.dtype.kind not in "iu":
        raise OptionError("one_hot", expected="integer labels", got=f"labels of {x.dtype}")
    value = x.node.value
    if value is not None and value.size and (value.min() < 0 or value.max() >= classes):
        raise OptionError(
            "one_hot",
            expected=f"labels between 0 and {classes - 1}",
            got=f"labels between {value.min()} and {value.max()}",
        )
    return apply(_ONE_HOT, x, classes=int(classes), dtype=np.dtype(dtype))
