"""Selection of entries by an index, and its transpose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from chainrule.arguments import whole_number
from chainrule.errors import BoundsError, OptionError
from chainrule.graph import Array, Node, Spec
from chainrule.ops.define import apply, as_cotangent, empty_sum, primitive
from chainrule.ops.dependence import Gathered, Scattered, flat_indices
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["getitem", "put_add"]


class Slice(NamedTuple):
    """A slice in a form that can be compared and printed."""

    start: int | None
    stop: int | None
    step: int | None


ARRAY = "array"
"""Placeholder in a template for the next integer array among the operands."""

Template = tuple[Any, ...]
"""An index with ARRAY in place of each array; integers, slices, None and … stay as they are."""

Templates = tuple[Template, ...]
Shape = tuple[int, ...]
T = TypeVar("T")


def _numpy_index(template: Template, arrays: Iterable[Any]) -> tuple[Any, ...]:
    """The template as a NumPy index, with the arrays filled in."""
    rest = iter(arrays)
    return tuple(
        next(rest) if part == ARRAY else slice(*part) if isinstance(part, Slice) else part
        for part in template
    )


def _getitem_shape(spec: Spec, *arrays: Spec, index: Template) -> Spec:
    picks = [np.zeros(array.shape, int) for array in arrays]
    return Spec(_selected_shape(spec.shape, _numpy_index(index, picks)), spec.dtype)


def _selected_shape(shape: Shape, index: tuple[Any, ...]) -> Shape:
    """The shape that the index selects, as NumPy finds it; a broadcast view needs no memory."""
    try:
        return np.broadcast_to(np.zeros((), bool), shape)[index].shape
    except IndexError as error:
        expected, got = f"an index into shape {shape}", f"one that fails: {error}"
        raise BoundsError("getitem", expected=expected, got=got) from None


def _getitem(x: Array, *arrays: Array, index: Template) -> Array:
    return x[_numpy_index(index, arrays)]


def _getitem_vjp(
    i: int, g: Tensor, y: Tensor, x: Tensor, *arrays: Tensor, index: Template
) -> Tensor | None:
    return put_add(g, *arrays, index=index, shape=x.shape) if i == 0 else None


def _put_together(selections: Sequence[tuple[Node, Tensor]]) -> Tensor:
    """The gradient of an array that several selections read, as one scatter-add."""
    arrays = (Tensor(array) for node, _ in selections for array in node.inputs[1:])
    return apply(
        _PUT_ADD,
        *(g for _, g in selections),
        *arrays,
        indices=tuple(node.params["index"] for node, _ in selections),
        shape=selections[0][0].inputs[0].spec.shape,
    )


_GETITEM = primitive(
    "getitem",
    _getitem,
    shape=_getitem_shape,
    vjp=_getitem_vjp,
    dependence=Gathered(_getitem, operands=1),
    joint=_put_together,
    complex=True,
)


@provides("getitem")
def getitem(x: Operand, index: Any) -> Tensor:
    """Select entries as in NumPy: by integers, slices, None, …, integer arrays, boolean masks.

    The gradient goes back to the selected entries; an entry selected twice gets both gradients.

    >>> import numpy as np, chainrule as cr
    >>> cr.grad(lambda x: cr.sum(x[[0, 0, 2]]))(np.ones(3))
    array([2., 0., 1.])
    """
    x = lift(x)
    if getattr(index, "shape", None) == () and index.dtype.kind == "b":
        # a mask without axes selects all or nothing along an axis that it adds
        return getitem(getitem(x, None), np.flatnonzero(lift(index).value))
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
            array = _index_array(part)
            if array.dtype.kind == "b":  # its shape is no longer known when it is integers
                _selected_shape(x.shape, tuple(map(_plain, parts)))
            found = _integers(array)
            template += [ARRAY] * len(found)
            arrays += found
    values = [array.node.value for array in arrays]
    if not any(value is None for value in values):  # else the indices may be out of range
        _selected_shape(x.shape, _numpy_index(tuple(template), values))
    return apply(_GETITEM, x, *arrays, index=tuple(template))


def _slice(part: Any) -> Slice:
    ends = (part.start, part.stop, part.step)
    return Slice(*(None if end is None else whole_number("slice", end) for end in ends))


def _plain(part: Any) -> Any:
    return part.value if isinstance(part, Tensor) else part


def _index_array(part: Any) -> Tensor:
    """An index of integers or truth values.  Raises OptionError for another."""
    array = lift(part)
    if not array.size and not isinstance(part, (Tensor, np.ndarray)):
        return array.astype(int)  # NumPy makes an empty list an array of floats
    if array.dtype.kind not in ("iub" if array.ndim else "iu"):
        raise OptionError(
            "getitem",
            expected="integers, slices, integer arrays or boolean masks as index",
            got=f"an array of {array.dtype}" if array.ndim else repr(cast("object", part)),
        )
    return array


def _integers(array: Tensor) -> list[Tensor]:
    """An index as integer tensors; a boolean mask becomes the indices where it is true."""
    if array.dtype.kind == "b":
        return [lift(indices) for indices in np.nonzero(array.value)]
    return [array]


def _put_add(*operands: Array, indices: Templates, shape: Shape) -> Array:
    out = empty_sum(shape, np.result_type(*operands[: len(indices)]))
    arrays = iter(operands[len(indices) :])
    for part, index in zip(operands, indices, strict=False):
        where = _numpy_index(index, (array.astype(int) for array in arrays))
        if ARRAY in index:
            np.add.at(out, where, part)
        else:  # selects no entry twice; an array of one formula is not an entry
            out[where] += part[()]
    return out


def _put_add_shape(*specs: Spec, indices: Templates, shape: Shape) -> Spec:
    return Spec(shape, np.result_type(*(spec.dtype for spec in specs[: len(indices)])))


def _put_add_vjp(
    i: int, h: Tensor, y: Tensor, *operands: Tensor, indices: Templates, shape: Shape
) -> Tensor:
    part = apply(_GETITEM, h, *_arrays_of(i, operands, indices), index=indices[i])
    return as_cotangent(part, operands[i])


def _put_add_targets(*operands: Array, indices: Templates, shape: Shape) -> list[Array]:
    entries = flat_indices(shape)
    return [
        _getitem(entries, *_arrays_of(i, operands, indices), index=index)
        for i, index in enumerate(indices)
    ]


def _arrays_of(part: int, operands: tuple[T, ...], indices: Templates) -> tuple[T, ...]:
    """The index arrays of one part."""
    first = len(indices) + sum(index.count(ARRAY) for index in indices[:part])
    return operands[first : first + indices[part].count(ARRAY)]


_PUT_ADD = primitive(
    "put_add",
    _put_add,
    shape=_put_add_shape,
    vjp=_put_add_vjp,
    dependence=Scattered(_put_add_targets),
    complex=True,
)


def put_add(g: Operand, *arrays: Tensor, index: Template, shape: Shape) -> Tensor:
    """Add `g` into zeros of `shape` at the entries `index` selects: the transpose of `getitem`.

    The primitive takes any number of parts, then the index arrays of all; it fills one array with
    zeros and adds each part in place, so that n slices cost n.
    """
    return apply(_PUT_ADD, lift(g), *arrays, indices=(index,), shape=shape)
