"""Operations that move entries about and compute nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array, Spec
from chainrule.graph.formula import lift as lift_formula
from chainrule.ops.define import accumulating, apply, normal_axes, primitive
from chainrule.ops.define.entries import Mixed, Moved
from chainrule.ops.registry import FUNCTIONS, NUMPY, provides
from chainrule.ops.tensor import Axis, Operand, Tensor, constant, lift

__all__ = [
    "astype",
    "broadcast_to",
    "concatenate",
    "copy",
    "cumsum",
    "expand_dims",
    "ones_like",
    "pad",
    "reshape",
    "squeeze",
    "stack",
    "swapaxes",
    "transpose",
    "zeros_like",
]

Shape = tuple[int, ...]


# transpose


def _transposed(spec: Spec, axes: Shape) -> Spec:
    return Spec(tuple(spec.shape[i] for i in axes), spec.dtype)


_TRANSPOSE = primitive(
    "transpose",
    lambda x, axes: np.transpose(x, axes),
    shape=_transposed,
    vjp=(lambda g, y, x, axes: transpose(g, tuple(map(int, np.argsort(axes)))),),
    entries=Moved(lambda x, axes: np.transpose(x, axes)),
)


@provides("transpose", np.transpose)
def transpose(x: Operand, axes: Sequence[int] | None = None) -> Tensor:
    """The axes in another order, reversed by default; the gradient goes back by the inverse order.

    >>> import chainrule as cr
    >>> cr.transpose([[1.0, 2.0, 3.0]]).shape
    (3, 1)
    """
    x = lift(x)
    order = tuple(reversed(range(x.ndim))) if axes is None else tuple(axes)
    order = tuple(int(i) + x.ndim if i < 0 else int(i) for i in order)
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError("transpose", expected=f"each of {x.ndim} axes once", got=f"axes={axes}")
    return apply(_TRANSPOSE, x, axes=order)


@provides("swapaxes", np.swapaxes)
def swapaxes(x: Operand, first: int, second: int) -> Tensor:
    """Two axes exchanged.

    >>> import numpy as np, chainrule as cr
    >>> cr.swapaxes(np.ones((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = lift(x)
    order = list(range(x.ndim))
    order[first], order[second] = order[second], order[first]
    return transpose(x, order)


# reshape


def _reshaped(spec: Spec, shape: Shape) -> Spec:
    return Spec(shape, spec.dtype)


_RESHAPE = primitive(
    "reshape",
    lambda x, shape: x.reshape(shape),
    shape=_reshaped,
    vjp=(lambda g, y, x, shape: reshape(g, x.shape),),
    entries=Moved(lambda x, shape: x),  # in reading order nothing moves
)


@provides("reshape", np.reshape)
def reshape(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """The same entries in another shape; one length may be −1.

    >>> import numpy as np, chainrule as cr
    >>> cr.reshape(np.arange(6.0), (2, -1)).shape
    (2, 3)
    """
    x = lift(x)
    wanted = [int(shape)] if np.ndim(shape) == 0 else [int(n) for n in shape]  # type: ignore
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known and x.size % known == 0:
        wanted[wanted.index(-1)] = x.size // known
    if -1 in wanted or math.prod(wanted) != x.size:
        raise ShapeError(
            "reshape",
            expected=f"a shape with {x.size} entries, as {x.shape} has",
            got=f"{tuple(wanted)}",
        )
    return apply(_RESHAPE, x, shape=tuple(wanted))


@provides("expand_dims", np.expand_dims)
def expand_dims(x: Operand, axis: Axis) -> Tensor:
    """New axes of length 1, at these places of the result.

    >>> import numpy as np, chainrule as cr
    >>> cr.expand_dims(np.ones(3), -1).shape
    (3, 1)
    """
    x = lift(x)
    added = len(axis) if isinstance(axis, tuple) else 1
    axes = normal_axes(axis, x.ndim + added, "expand_dims")
    lengths = iter(x.shape)
    return reshape(x, [1 if i in axes else next(lengths) for i in range(x.ndim + added)])


@provides("squeeze", np.squeeze)
def squeeze(x: Operand, axis: Axis = None) -> Tensor:
    """Without its axes of length 1, or without those named.

    >>> import numpy as np, chainrule as cr
    >>> cr.squeeze(np.ones((1, 3, 1))).shape
    (3,)
    """
    x = lift(x)
    axes = normal_axes(axis, x.ndim, "squeeze")
    dropped = [i for i in axes if x.shape[i] == 1]
    if axis is not None and len(dropped) != len(axes):
        raise ShapeError(
            "squeeze", expected="axes of length 1", got=f"shape {x.shape}, axis={axis}"
        )
    return reshape(x, [n for i, n in enumerate(x.shape) if i not in dropped])


# broadcast


def _broadcast(spec: Spec, shape: Shape) -> Spec:
    try:
        fits = np.broadcast_shapes(spec.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            "broadcast_to", expected=f"a shape that broadcasts to {shape}", got=f"{spec.shape}"
        )
    return Spec(shape, spec.dtype)


_BROADCAST = primitive(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    shape=_broadcast,
    vjp=(lambda g, y, x, shape: FUNCTIONS["sum_to"](g, x.shape),),
    entries=Moved(lambda x, shape: np.broadcast_to(x, shape)),
)


@provides("broadcast_to", np.broadcast_to)
def broadcast_to(x: Operand, shape: int | Sequence[int]) -> Tensor:
    """The entries repeated along new or length-1 axes; the gradient is summed back over them.

    >>> import chainrule as cr
    >>> cr.broadcast_to([1.0, 2.0], (2, 2))
    Tensor([[1., 2.],
            [1., 2.]])
    """
    x, shape = lift(x), (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    return x if x.shape == shape else apply(_BROADCAST, x, shape=shape)


# joining


def _joined(*specs: Spec, axis: int) -> Spec:
    first = specs[0].shape
    rest = {(*spec.shape[:axis], *spec.shape[axis + 1 :]) for spec in specs}
    if len(rest) != 1 or any(len(spec.shape) != len(first) for spec in specs):
        raise ShapeError(
            "concatenate",
            expected=f"equal shapes but for axis {axis}",
            got=" and ".join(str(spec.shape) for spec in specs),
        )
    total = sum(spec.shape[axis] for spec in specs)
    dtype = np.result_type(*(spec.dtype for spec in specs))
    return Spec((*first[:axis], total, *first[axis + 1 :]), dtype)


def _split_back(i: int, g: Tensor, y: Tensor, *parts: Tensor, axis: int) -> Tensor:
    start = sum(part.shape[axis] for part in parts[:i])
    window = slice(start, start + parts[i].shape[axis])
    return g[(slice(None),) * axis + (window,)].astype(parts[i].dtype)


def _concatenate(*parts: Array, axis: int) -> Array:
    return np.concatenate(parts, axis)


_CONCATENATE = primitive(
    "concatenate",
    _concatenate,
    shape=_joined,
    vjp=_split_back,
    entries=Moved(_concatenate),
)


@provides("concatenate", np.concatenate)
def concatenate(parts: Sequence[Operand], axis: int | None = 0) -> Tensor:
    """Parts one after another along an axis, or all flattened; each gets its piece of the gradient.

    >>> import chainrule as cr
    >>> cr.concatenate([[1.0], [2.0, 3.0]])
    Tensor([1., 2., 3.])
    """
    tensors = _parts("concatenate", parts)
    if axis is None:
        tensors, axis = [reshape(tensor, -1) for tensor in tensors], 0
    (place,) = normal_axes(axis, tensors[0].ndim, "concatenate")
    return apply(_CONCATENATE, *tensors, axis=place)


def _stacked(*specs: Spec, axis: int) -> Spec:
    shape = specs[0].shape
    if any(spec.shape != shape for spec in specs):
        raise ShapeError(
            "stack", expected="equal shapes", got=" and ".join(str(s.shape) for s in specs)
        )
    dtype = np.result_type(*(spec.dtype for spec in specs))
    return Spec((*shape[:axis], len(specs), *shape[axis:]), dtype)


def _unstacked(i: int, g: Tensor, y: Tensor, *parts: Tensor, axis: int) -> Tensor:
    return g[(slice(None),) * axis + (i,)].astype(parts[i].dtype)


def _stack(*parts: Array, axis: int) -> Array:
    return np.stack(parts, axis)


_STACK = primitive(
    "stack",
    _stack,
    shape=_stacked,
    vjp=_unstacked,
    entries=Moved(_stack),
)


@provides("stack", np.stack)
def stack(parts: Sequence[Operand], axis: int = 0) -> Tensor:
    """Parts side by side along a new axis.

    >>> import chainrule as cr
    >>> cr.stack([1.0, 2.0])
    Tensor([1., 2.])
    """
    tensors = _parts("stack", parts)
    (place,) = normal_axes(axis, tensors[0].ndim + 1, "stack")
    return apply(_STACK, *tensors, axis=place)


def _parts(name: str, parts: Sequence[Operand]) -> list[Tensor]:
    tensors = [lift(part) for part in parts]
    if not tensors:
        raise ShapeError(name, expected="at least one part", got="none")
    return tensors


# padding, running sums, dtypes


def _padded(x: Array, widths: Any, fill: float) -> Array:
    edge: Any = lift_formula(fill)
    return np.pad(x, widths, constant_values=edge)


_PAD = primitive(
    "pad",
    lambda x, widths, fill: np.pad(x, widths, constant_values=fill),
    shape=lambda spec, widths, fill: Spec(
        tuple(a + n + b for n, (a, b) in zip(spec.shape, widths, strict=True)), spec.dtype
    ),
    vjp=(
        lambda g, y, x, widths, fill: g[
            tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, widths, strict=True))
        ],
    ),
    notation=_padded,
    entries=Moved(lambda x, widths, fill: np.pad(x, widths, constant_values=-1)),
)


@provides("pad", np.pad)
def pad(x: Operand, widths: Any, mode: str = "constant", constant_values: float = 0.0) -> Tensor:
    """Constant entries around the edges; `widths` as in `numpy.pad`.

    >>> import chainrule as cr
    >>> cr.pad([1.0, 2.0], (1, 0))
    Tensor([0., 1., 2.])
    """
    x = lift(x)
    try:
        pairs = np.broadcast_to(np.asarray(widths, dtype=int), (x.ndim, 2))
    except (ValueError, TypeError):
        pairs = np.full((1, 2), -1)
    if mode != "constant" or (pairs < 0).any():
        raise ShapeError(
            "pad",
            expected=f"mode 'constant' and widths for {x.ndim} axes, none negative",
            got=f"mode {mode!r} and widths {widths}",
        )
    edges = tuple((int(a), int(b)) for a, b in pairs)
    return apply(_PAD, x, widths=edges, fill=float(constant_values)) if edges else x


_CUMSUM = primitive(
    "cumsum",
    lambda x, axis: np.cumsum(x, axis),
    shape=lambda spec, axis: Spec(spec.shape, accumulating(spec.dtype)),
    vjp=(lambda g, y, x, axis: _reversed(cumsum(_reversed(g, axis), axis), axis),),
    entries=Mixed(lambda yi, yj, same: 1.0, running=True),
)


def _reversed(x: Tensor, axis: int) -> Tensor:
    return x[(slice(None),) * axis + (slice(None, None, -1),)]


@provides("cumsum", np.cumsum)
def cumsum(x: Operand, axis: int | None = None) -> Tensor:
    """Running sum along an axis, or over all entries; the gradient is the running sum from the end.

    >>> import chainrule as cr
    >>> cr.cumsum([1.0, 2.0, 3.0])
    Tensor([1., 3., 6.])
    """
    x = lift(x)
    if axis is None:
        x, axis = reshape(x, -1), 0
    (place,) = normal_axes(axis, x.ndim, "cumsum")
    return apply(_CUMSUM, x, axis=place)


_COPY = primitive(
    "copy",
    lambda x: x,
    shape=lambda spec: spec,
    vjp=(lambda g, y, x: g,),
    entries=Moved(np.asarray),
)


@provides("copy", np.copy)
def copy(x: Operand) -> Tensor:
    """The same entries as a node of their own: what a function is differentiated with respect to.

    >>> import chainrule as cr
    >>> cr.grad(lambda x: cr.grad(lambda a, b: a * b)(x, x))(3.0)
    1.0
    """
    return apply(_COPY, lift(x))


_ASTYPE = primitive(
    "astype",
    lambda x, dtype: x.astype(dtype),
    shape=lambda spec, dtype: Spec(spec.shape, dtype),
    vjp=(lambda g, y, x, dtype: astype(g, x.dtype),),
    notation=lambda x, dtype: x,
    entries=Moved(lambda x, dtype: x),
)


@provides("astype")
def astype(x: Operand, dtype: Any) -> Tensor:
    """The entries in another dtype; no gradient passes through integers or booleans.

    >>> import chainrule as cr
    >>> cr.astype([1.7, 2.0], int).dtype
    dtype('int64')
    """
    x, dtype = lift(x), np.dtype(dtype)
    return x if x.dtype == dtype else apply(_ASTYPE, x, dtype=dtype)


@provides("zeros_like", np.zeros_like)
def zeros_like(x: Operand) -> Tensor:
    """A constant of the same shape and dtype, full of zeros.

    >>> import chainrule as cr
    >>> cr.zeros_like([1.0, 2.0])
    Tensor([0., 0.])
    """
    x = lift(x)
    return constant(np.zeros(x.shape, x.dtype))


@provides("ones_like", np.ones_like)
def ones_like(x: Operand) -> Tensor:
    """A constant of the same shape and dtype, full of ones.

    >>> import chainrule as cr
    >>> cr.ones_like([3.0, 2.0])
    Tensor([1., 1.])
    """
    x = lift(x)
    return constant(np.ones(x.shape, x.dtype))


def _describe(name: str) -> Callable[[Operand], Any]:
    return lambda x: getattr(lift(x), name)


NUMPY.update({np.shape: _describe("shape"), np.ndim: _describe("ndim"), np.size: _describe("size")})
