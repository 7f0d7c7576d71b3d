"""One update as the training loop makes it: clip the gradients, then call the machine code."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import data_pointer
from chainrule.engine.simd.intrinsics import call_c_function, intrinsic
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.threads.work_sharing import share

__all__ = ["UPDATE", "update"]

UPDATE = np.dtype(
    [
        ("address", np.int64),  # of the machine code
        ("plain", np.int64),  # of machine code for gradients that are not clipped, or 0
        ("parameters", np.int64),  # the offset in the arena
        ("gradients", np.int64),  # likewise
        ("slots", np.int64),  # the offset of the first; each is as long as the parameters
        ("count", np.int64),  # numbers in all parameters
        ("clip_value", np.float64),  # the largest gradient, or ∞
        ("clip_norm", np.float64),  # the largest norm of all gradients, or ∞
        ("safe_gradient_sum", np.float64),  # the sum of |gradients| at which no number overflows
    ]
)
"""What the update of an optimizer needs to know, as a record."""


@inner
def _norm(grads, limit):
    """‖clipped gradient‖ in float64; not finite if an entry is not."""
    total = 0.0
    for i in range(len(grads)):
        gradient = np.float64(min(max(grads[i], -limit), limit))
        total += gradient * gradient
    if is_finite(total):
        return np.sqrt(total)
    top = 0.0  # a square overflowed: divide by the largest entry first
    for i in range(len(grads)):
        gradient = abs(np.float64(min(max(grads[i], -limit), limit)))
        if not gradient <= top:
            top = gradient
    if not is_finite(top):
        return top
    total = 0.0
    for i in range(len(grads)):
        gradient = np.float64(min(max(grads[i], -limit), limit)) / top
        total += gradient * gradient
    return top * np.sqrt(total)


@intrinsic
def _call_update(
    typing: Any, address: Any, A: Any, params: Any, grads: Any, slots: Any, stride: Any, n: Any,
    coefficients: Any, first: Any, limit: Any, scale: Any,
) -> Any:  # fmt: skip
    """Call the machine code at an address; its coefficients begin at `coefficients[first]`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, array, *offsets, numbers, first, limit, scale = arguments
        base = data_pointer(context, builder, signature.args[1], array)
        pointer = data_pointer(context, builder, signature.args[7], numbers)
        pointer = builder.gep(pointer, [first])
        call_c_function(builder, address, [base, *offsets, pointer, limit, scale])
        return context.get_dummy_value()

    numbers = types.int64
    return (
        types.void(numbers, A, *[numbers] * 5, coefficients, numbers, A.dtype, A.dtype),
        generate,
    )


@compiled
def update(A, task, coefficients, s, rank, ranks):
    """Change the parameters by their gradients, with row s of the coefficients.

    `task` is a record of `UPDATE`.  Each thread changes its share of the parameters.
    """
    real = A.dtype.type
    n, grads = task.count, task.gradients
    begin, end = share(n, 16, rank, ranks)
    limit, scale = real(task.clip_value), real(1)
    if task.clip_norm < np.inf:
        norm = _norm(A[grads : grads + n], limit)
        if norm > task.clip_norm and is_finite(norm):
            scale = real(task.clip_norm / norm)
    plain = task.plain != 0 and scale == 1 and limit == np.inf
    address = task.plain if plain else task.address
    _call_update(
        address, A, task.parameters + begin, grads + begin, task.slots + begin, n, end - begin,
        coefficients, s * coefficients.shape[1], limit, scale,
    )  # fmt: skip
