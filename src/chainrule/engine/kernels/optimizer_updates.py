"""The optimizers' updates, one walk over all parameters each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types

from chainrule.engine.jit.compile import compiled, inner
from chainrule.engine.jit.numba_internals import cgutils
from chainrule.engine.simd.intrinsics import intrinsic
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.kernel_math import is_finite
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.engine.threads.barrier import share

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
    "tame",
]
"""What stands in the vector of settings; −1 for a clipping that is off.

`tame` is the sum of absolute gradients up to which no update can overflow.
"""

TINY = 1e-30
"""An ε from which on every divisor has a reciprocal that can be estimated."""

HALF = 0.5
"""A share of what is new up to which a mean moves towards it with no digit lost."""


@inner
def _norm(grads, limit):
    """‖clipped gradient‖ in float64; not finite where an entry is not."""
    total = 0.0
    for i in range(len(grads)):
        slope = np.float64(min(max(grads[i], -limit), limit))
        total += slope * slope
    if is_finite(total):
        return np.sqrt(total)
    top = 0.0  # the square was too large: measured in units of the largest entry
    for i in range(len(grads)):
        slope = abs(np.float64(min(max(grads[i], -limit), limit)))
        if not slope <= top:
            top = slope
    if not is_finite(top):
        return top
    total = 0.0
    for i in range(len(grads)):
        slope = np.float64(min(max(grads[i], -limit), limit)) / top
        total += slope * slope
    return top * np.sqrt(total)


def _walk(formula: Callable[..., tuple[Number, ...]], slots: int, *, plain: bool = False) -> Any:
    """A function that changes parameters and slots as a formula says.

    A `plain` one neither clips gradients nor adds decay to them, whatever it is given.

    walk(A, theta, grads, first, second, n, (keep, limit, clip, decay, …)): n parameters from
    A[theta] on, their gradients and up to two slots, by

    formula(keep·θ, clip·clipped gradient + decay·keep·θ, slots…, …) → new θ and slots.
    """

    @intrinsic
    def walk(
        typing: Any, A: Any, theta: Any, grads: Any, first: Any, second: Any, n: Any, numbers: Any
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array, theta, grads, first, second, n, numbers = arguments
            emit = VectorEmitter.for_array(context, builder, signature.args[0], array)
            keep, limit, clip, decay, *rest = (
                Number(builder, emit.broadcast(one))
                for one in cgutils.unpack_tuple(builder, numbers)
            )
            places = [theta, first, second][: 1 + slots]

            def some(at: Any, load: Any, store: Any) -> list[Any]:
                slope = Number(builder, load(emit.pointer(grads, at)))
                old = [Number(builder, load(emit.pointer(place, at))) for place in places]
                kept = old[0] * keep
                if not plain:
                    slope = clip * slope.at_least(-limit).at_most(limit) + decay * kept
                new = formula(kept, slope, *old[1:], *rest)
                for place, number in zip(places, new, strict=True):
                    store(number.value, emit.pointer(place, at))
                return []

            lanes = INT64(emit.lanes)
            whole = builder.udiv(n, lanes)
            done = builder.mul(whole, lanes)
            mask = emit.mask(builder.sub(n, done))

            def vectors() -> list[Any]:
                return emit.loop(
                    whole, [], lambda i, _: some(builder.mul(i, lanes), emit.load, emit.store)
                )

            def remainder() -> list[Any]:
                return some(
                    done,
                    lambda place: emit.load(place, mask),
                    lambda vector, place: emit.store(vector, place, mask),
                )

            emit.when(builder.icmp_signed(">", whole, INT64(0)), [], vectors)
            emit.when(builder.icmp_signed(">", n, done), [], remainder)
            return context.get_dummy_value()

        return types.void(A, *[types.int64] * 5, numbers), generate

    return walk


def _sgd_formula(theta, slope, eta):
    return (theta - eta * slope,)


def _momentum_formula(theta, slope, velocity, eta, momentum, ahead, along):
    v = momentum * velocity + slope
    return theta - eta * (ahead * slope + along * v), v


def _rmsprop_formula(theta, slope, square, eta, alpha, rest, eps):
    v = alpha * square + rest * slope * slope
    return theta - eta * slope / (v.sqrt() + eps), v


def _rmsprop_momentum_formula(theta, slope, square, velocity, eta, alpha, rest, eps, momentum):
    v = alpha * square + rest * slope * slope
    scaled = slope / (v.sqrt() + eps) + momentum * velocity
    return theta - eta * scaled, v, scaled


def _adagrad_formula(theta, slope, total, eta, eps):
    v = total + slope * slope
    return theta - eta * slope / (v.sqrt() + eps), v


def _adam_formula(theta, slope, first, second, size, scale, beta1, rest1, beta2, rest2, eps):
    m = beta1 * first + rest1 * slope
    v = beta2 * second + rest2 * slope * slope
    return theta - size * m / (v.sqrt() * scale + eps), m, v


def _quick_adam_formula(theta, slope, first, second, size, scale, rest1, rest2, eps):
    m = first + rest1 * (slope - first)
    v = second + rest2 * (slope * slope - second)
    return theta - (size * m).divide_approximately(v.sqrt() * scale + eps), m, v


_sgd, _momentum = _walk(_sgd_formula, 0), _walk(_momentum_formula, 1)
_rmsprop, _rmsprop_momentum = _walk(_rmsprop_formula, 1), _walk(_rmsprop_momentum_formula, 2)
_adagrad, _adam = _walk(_adagrad_formula, 1), _walk(_adam_formula, 2)
_quick_adam = _walk(_quick_adam_formula, 2, plain=True)


@compiled
def update(A, p, g, s, n, method, settings, rate, step, rank, ranks):
    """Change parameters A[p:p+n] by gradients A[g:g+n]; slots follow each other from A[s].

    Each thread of a team changes its share of them.
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
        # the step goes along the velocity, or along where it will have led
        ahead, along = (one, momentum) if settings[2] != 0 else (zero, one)
        numbers = (one, limit, clip, decay, eta, momentum, ahead, along)
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
        # η·m̂ / (√v̂ + ε) with the corrections taken out of the walk
        size = real(rate / (1 - _power(settings[5], step)))
        scale = real(1 / np.sqrt(1 - _power(settings[6], step)))
        keep = one
        if method == ADAMW:
            keep, decay = real(1 - rate * settings[0]), zero
        beta1, beta2 = real(settings[5]), real(settings[6])
        rest1, rest2 = real(1 - settings[5]), real(1 - settings[6])  # not rounded before
        plain = limit == np.inf and clip == 1 and decay == 0
        if plain and eps >= real(TINY) and max(rest1, rest2) <= HALF:
            numbers = (keep, limit, clip, decay, size, scale, rest1, rest2, eps)
            _quick_adam(A, theta, grads, first, second, count, numbers)
        else:
            numbers = (keep, limit, clip, decay, size, scale, beta1, rest1, beta2, rest2, eps)
            _adam(A, theta, grads, first, second, count, numbers)


@inner
def _power(base, exponent):
    """baseⁿ by squaring: the library's function for any exponent takes as long as a small step."""
    found = 1.0
    while exponent:
        if exponent & 1:
            found *= base
        base *= base
        exponent >>= 1
    return found
