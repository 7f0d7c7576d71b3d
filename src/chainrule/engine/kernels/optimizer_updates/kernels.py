"""The optimizers' updates, each in one pass over all parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import cgutils
from chainrule.engine.kernels.optimizer_updates import formulas
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.engine.threads.work_sharing import share

__all__ = ["METHODS", "SETTINGS", "update"]

SGD, RMSPROP, ADAGRAD, ADAM, ADAMW = range(5)
METHODS = {"sgd": SGD, "rmsprop": RMSPROP, "adagrad": ADAGRAD, "adam": ADAM, "adamw": ADAMW}
SETTINGS = [
    "weight_decay",
    "momentum",
    "nesterov",
    "alpha",
    "eps",
    "beta1",
    "beta2",
    "clip_value",
    "clip_norm",
    "safe_gradient_sum",
]
"""The entries of the vector of settings, in order; −1 turns a kind of clipping off.

`safe_gradient_sum` is the sum of absolute gradients up to which no update can overflow.
"""

TINY = 1e-30
"""The smallest ε with which the reciprocal of every divisor can be estimated."""

HALF = 0.5
"""The largest share by which a mean can move towards a new value without losing a digit."""


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


def _pass_over_parameters(
    formula: Callable[..., tuple[Number, ...]], slots: int, *, plain: bool = False
) -> Any:
    """A function that changes parameters and slots by a formula of `formulas`.

    pass_over_parameters(A, theta, grads, first, second, n, (keep, limit, clip, decay, …)) changes n
    parameters from A[theta] on by their gradients, with up to two slots:

    formula(keep·θ, clip·clipped gradient + decay·keep·θ, slots…, …) → new θ and slots.

    A `plain` one neither clips gradients nor adds decay to them, and ignores those numbers.
    """

    @intrinsic
    def pass_over_parameters(
        typing: Any, A: Any, theta: Any, grads: Any, first: Any, second: Any, n: Any, numbers: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, theta, grads, first, second, n, numbers = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            keep, limit, clip, decay, *rest = (
                Number(builder, emit.broadcast(one))
                for one in cgutils.unpack_tuple(builder, numbers)
            )
            starts = [theta, first, second][: 1 + slots]

            def update_vector(at: Any, load: Any, store: Any) -> list[Any]:
                gradient = Number(builder, load(emit.pointer(grads, at)))
                old = [Number(builder, load(emit.pointer(start, at))) for start in starts]
                kept = old[0] * keep
                if not plain:
                    gradient = clip * gradient.at_least(-limit).at_most(limit) + decay * kept
                new = formula(kept, gradient, *old[1:], *rest)
                for start, number in zip(starts, new, strict=True):
                    store(number.value, emit.pointer(start, at))
                return []

            lanes = INT64(emit.lanes)
            whole = builder.udiv(n, lanes)
            done = builder.mul(whole, lanes)
            mask = emit.mask(builder.sub(n, done))

            def whole_vectors() -> list[Any]:
                return emit.loop(
                    whole,
                    [],
                    lambda i, _: update_vector(builder.mul(i, lanes), emit.load, emit.store),
                )

            def remainder() -> list[Any]:
                return update_vector(
                    done,
                    lambda address: emit.load(address, mask),
                    lambda vector, address: emit.store(vector, address, mask),
                )

            emit.when(builder.icmp_signed(">", whole, INT64(0)), [], whole_vectors)
            emit.when(builder.icmp_signed(">", n, done), [], remainder)
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 5, numbers), generate

    return pass_over_parameters


_sgd = _pass_over_parameters(formulas.sgd, 0)
_momentum = _pass_over_parameters(formulas.momentum, 1)
_rmsprop = _pass_over_parameters(formulas.rmsprop, 1)
_rmsprop_momentum = _pass_over_parameters(formulas.rmsprop_momentum, 2)
_adagrad = _pass_over_parameters(formulas.adagrad, 1)
_adam = _pass_over_parameters(formulas.adam, 2)
_adam_by_differences = _pass_over_parameters(formulas.adam_by_differences, 2, plain=True)


@compiled
def update(A, p, g, s, n, method, settings, rate, step, rank, ranks):
    """Change parameters A[p:p+n] by gradients A[g:g+n]; slots follow one another from A[s] on.

    Each thread changes its share of the parameters.
    """
    real = A.dtype.type
    begin, end = share(n, 16, rank, ranks)
    theta, grads, first, second, count = p + begin, g + begin, s + begin, s + n + begin, end - begin
    one, zero, eta = real(1), real(0), real(rate)
    limit = real(settings[7]) if settings[7] >= 0 else real(np.inf)
    clip, decay, momentum, eps = one, real(settings[0]), real(settings[1]), real(settings[4])
    if settings[8] >= 0:
        norm = _norm(A[g : g + n], limit)
        if norm > settings[8] and is_finite(norm):
            clip = real(settings[8] / norm)
    if method == SGD and momentum == 0:
        _sgd(A, theta, grads, first, second, count, (one, limit, clip, decay, eta))
    elif method == SGD:
        # Nesterov's step is g + μv, the plain one v
        gradient_share, velocity_share = (one, momentum) if settings[2] != 0 else (zero, one)
        numbers = (one, limit, clip, decay, eta, momentum, gradient_share, velocity_share)
        _momentum(A, theta, grads, first, second, count, numbers)
    elif method == RMSPROP:
        alpha = real(settings[3])
        numbers = (one, limit, clip, decay, eta, alpha, real(1 - settings[3]), eps)
        if momentum == 0:
            _rmsprop(A, theta, grads, first, second, count, numbers)
        else:
            _rmsprop_momentum(A, theta, grads, first, second, count, (*numbers, momentum))
    elif method == ADAGRAD:
        _adagrad(A, theta, grads, first, second, count, (one, limit, clip, decay, eta, eps))
    else:
        # η·m̂ / (√v̂ + ε), with the bias corrections computed before the loop
        size = real(rate / (1 - _power(settings[5], step)))
        scale = real(1 / np.sqrt(1 - _power(settings[6], step)))
        keep = one
        if method == ADAMW:
            keep, decay = real(1 - rate * settings[0]), zero
        beta1, beta2 = real(settings[5]), real(settings[6])
        # subtracted in float64, before the betas are rounded
        rest1, rest2 = real(1 - settings[5]), real(1 - settings[6])
        plain = limit == np.inf and clip == 1 and decay == 0
        if plain and eps >= real(TINY) and max(rest1, rest2) <= HALF:
            numbers = (keep, limit, clip, decay, size, scale, rest1, rest2, eps)
            _adam_by_differences(A, theta, grads, first, second, count, numbers)
        else:
            numbers = (keep, limit, clip, decay, size, scale, beta1, rest1, beta2, rest2, eps)
            _adam(A, theta, grads, first, second, count, numbers)


@inner
def _power(base, exponent):
    """baseⁿ by squaring: the library's general power takes as long as a small training step."""
    found = 1.0
    while exponent:
        if exponent & 1:
            found *= base
        base *= base
        exponent >>= 1
    return found
