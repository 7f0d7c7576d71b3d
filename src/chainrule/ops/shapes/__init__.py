"""Operations that rearrange, repeat or join entries and compute nothing."""

from chainrule.ops.shapes.broadcast import broadcast_to
from chainrule.ops.shapes.join import concatenate, pad, stack
from chainrule.ops.shapes.reshape import expand_dims, reshape, squeeze
from chainrule.ops.shapes.same_shape import astype, copy, ones_like, zeros_like
from chainrule.ops.shapes.transpose import swapaxes, transpose

__all__ = [
    "astype",
    "broadcast_to",
    "concatenate",
    "copy",
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
