"""Cases of windows, convolution and pooling, compared with JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import chainrule as cr
from ops.case import Case, Edge, numbers


def unfolded(x, size, stride, dilation):
    """Return windows over the last axes by indexing every entry."""
    axes = len(size)
    rest, last = x.shape[: x.ndim - axes], x.shape[x.ndim - axes :]
    spans = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    counts = [(n - m) // s + 1 for n, m, s in zip(last, spans, stride, strict=True)]
    offsets = np.meshgrid(*map(np.arange, [*counts, *size]), indexing="ij")
    index = [offsets[i] * stride[i] + offsets[axes + i] * dilation[i] for i in range(axes)]
    return x[(slice(None),) * len(rest) + tuple(index)]


def folded(g, size, stride, dilation, length):
    shape = (*g.shape[: g.ndim - 2 * len(size)], *length)
    zeros = jnp.zeros(shape, g.dtype)
    _, pull = jax.vjp(lambda x: unfolded(x, size, stride, dilation), zeros)
    return pull(g)[0]


def _unfold(shape, size, stride=(1, 1), dilation=(1, 1)):
    stride, dilation = stride[: len(size)], dilation[: len(size)]
    return Case(
        "unfold",
        lambda x: cr.unfold(x, size, stride, dilation),
        lambda x: unfolded(jnp.asarray(x), size, stride, dilation),
        (numbers(shape, -2, 2),),
    )


def _fold(windows, length, stride=(1, 1), dilation=(1, 1)):
    stride, dilation = stride[: len(length)], dilation[: len(length)]
    size = windows[-len(length) :]
    return Case(
        "fold",
        lambda g: cr.fold(g, length, stride, dilation),
        lambda g: folded(jnp.asarray(g), size, stride, dilation, length),
        (numbers(windows, -2, 2),),
    )


def _convolution(x, weight, bias=False, *, stride=1, padding=0, dilation=1, groups=1):
    axes = len(weight) - 2
    letters = "NCXYZ"[: axes + 2]
    kernel = "OIXYZ"[: axes + 2]
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

    def each(setting):
        return (setting,) * axes if isinstance(setting, int) else setting

    def oracle(x, weight, *bias):
        y = jax.lax.conv_general_dilated(
            jnp.asarray(x),
            jnp.asarray(weight),
            each(stride),
            padding.upper() if isinstance(padding, str) else [(p, p) for p in each(padding)],
            rhs_dilation=each(dilation),
            dimension_numbers=(letters, kernel, letters),
            feature_group_count=groups,
        )
        return y + bias[0].reshape(-1, *(1,) * axes) if bias else y

    args = [numbers(x, -2, 2, 1), numbers(weight, -2, 2, 2)]
    args += [numbers((weight[0],), -2, 2, 3)] if bias else []
    return Case(
        "unfold",
        lambda *args: cr.convolution(*args, **options),
        oracle,
        tuple(args),
        integers=False,  # JAX convolves floats only
    )


def _transposed(x, weight, bias=False, *, stride=1, padding=0, added=0, dilation=1, groups=1):
    """The gradient of a convolution, which JAX pulls back; zeros are added at the end."""
    axes = len(weight) - 2
    each = lambda setting: (setting,) * axes if isinstance(setting, int) else setting  # noqa: E731
    letters, kernel = "NCXYZ"[: axes + 2], "OIXYZ"[: axes + 2]
    outputs = weight[1] * groups
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    settings = map(each, (stride, padding, added, dilation))
    lengths = [
        (n - 1) * s - 2 * p + a + d * (k - 1) + 1
        for n, k, s, p, a, d in zip(x[2:], weight[2:], *settings, strict=True)
    ]

    def oracle(x, weight, *bias):
        def forward(y):
            return jax.lax.conv_general_dilated(
                y,
                jnp.asarray(weight),
                each(stride),
                [(p, p) for p in each(padding)],
                rhs_dilation=each(dilation),
                dimension_numbers=(letters, kernel, letters),
                feature_group_count=groups,
            )

        zeros = jnp.zeros((x.shape[0], outputs, *lengths), x.dtype)
        (y,) = jax.vjp(forward, zeros)[1](jnp.asarray(x))
        return y + bias[0].reshape(-1, *(1,) * axes) if bias else y

    args = [numbers(x, -2, 2, 1), numbers(weight, -2, 2, 2)]
    args += [numbers((outputs,), -2, 2, 3)] if bias else []
    return Case(
        "fold",
        lambda *args: cr.transposed_convolution(*args, output_padding=added, **options),
        oracle,
        tuple(args),
        integers=False,
    )


def _pool(name, x, size, stride, padding, fill, reduce):
    widths = [(0, 0)] * (len(x) - len(size)) + [(p, p) for p in padding]
    window = (1,) * (len(x) - len(size)) + size
    steps = (1,) * (len(x) - len(size)) + stride

    def oracle(x):
        padded = jnp.pad(jnp.asarray(x), widths, constant_values=fill)
        parts = unfolded(padded, window, steps, (1,) * len(window))
        return reduce(parts, axis=tuple(range(parts.ndim // 2, parts.ndim)))

    return Case(
        "pad" if any(padding) else "unfold",
        lambda x: getattr(cr, name)(x, size, stride, padding),
        oracle,
        (numbers(x, -2, 2, 4),),
        integers=False,  # means of integers are floats, extremes are integers
    )


def _adaptive(x, outputs, name="adaptive_avg_pool"):
    reduce = jnp.mean if "avg" in name else jnp.max

    def oracle(x):
        x = jnp.asarray(x)
        for axis, o in zip(range(-len(outputs), 0), outputs, strict=True):
            n = x.shape[axis]
            parts = [
                reduce(jnp.take(x, np.arange(i * n // o, -(-(i + 1) * n // o)), axis), axis)
                for i in range(o)
            ]
            x = jnp.stack(parts, axis)
        return x

    overlap = any(n % o for n, o in zip(x[-len(outputs) :], outputs, strict=True))
    return Case(
        ("matmul" if "avg" in name else "max") if overlap else "unfold",
        lambda x: getattr(cr, name)(x, outputs),
        oracle,
        (numbers(x, -2, 2, 5),),
        integers=False,
    )


CASES = [
    _unfold((5,), (3,)),
    _unfold((2, 6), (2,), (2,)),
    _unfold((7,), (3,), (2,), (2,)),
    _unfold((2, 4, 3), (2, 2)),
    _unfold((5, 4), (2, 1), (2, 3), (3, 1)),
    _unfold((0, 3), (2,)),
    _fold((3, 3), (5,)),
    _fold((2, 2, 2), (5,), (3,)),
    _fold((2, 3), (7,), (2,), (2,)),
    _fold((3, 2, 2, 2), (4, 3)),
    _convolution((2, 2, 5), (3, 2, 2), True),
    _convolution((1, 2, 4, 3), (2, 2, 2, 2), padding=1, stride=(2, 1)),
    _convolution((2, 4, 5, 4), (6, 2, 2, 2), True, groups=2, dilation=(2, 1)),
    _convolution((1, 3, 4), (3, 1, 3), groups=3, padding=1),
    _convolution((1, 2, 4, 3), (2, 2, 2, 3), padding="same", dilation=(2, 1)),
    _convolution((1, 1, 4), (2, 1, 3), padding="valid", stride=2),
    _convolution((1, 1, 3, 2, 3), (2, 1, 2, 2, 2)),
    _pool("max_pool", (2, 5), (2,), (2,), (0,), -np.inf, jnp.max),
    _pool("max_pool", (1, 2, 4, 5), (3, 2), (2, 1), (1, 1), -np.inf, jnp.max),
    _pool("avg_pool", (2, 4, 4), (2, 2), (2, 2), (0, 0), 0.0, jnp.mean),
    _pool("avg_pool", (1, 5), (3,), (2,), (1,), 0.0, jnp.mean),
    _adaptive((2, 3, 3), (1, 1)),
    _adaptive((2, 4, 6), (2, 3)),
    _adaptive((2, 5), (3,)),
    _adaptive((5, 7), (2, 7)),
    _adaptive((2, 4, 6), (2, 3), "adaptive_max_pool"),
    _adaptive((2, 3, 5), (2, 3), "adaptive_max_pool"),
    _transposed((2, 2, 3), (2, 3, 2), True),
    _transposed((1, 2, 2, 3), (2, 2, 2, 3), stride=(2, 3), padding=(1, 0), added=(1, 0)),
    _transposed((2, 4, 3, 2), (4, 3, 2, 2), True, groups=2, dilation=(2, 1), stride=2, added=1),
    _transposed((1, 2, 2, 1, 2), (2, 1, 2, 2, 1), padding=(1, 0, 0)),
    Case("stop_gradient", cr.stop_gradient, jnp.asarray, (numbers((2, 3), -2, 2),), flat=True),
]

EDGES = [
    Edge(  # ties share the gradient, and padding is never the maximum
        "unfold",
        lambda x: cr.max_pool(x, 2, 2, 1),
        ([-3.0, -2.0, -2.0, -5.0],),
        [-3.0, -2.0, -5.0],
        ([1.0, 0.5, 0.5, 1.0],),
    ),
    Edge(  # an entry of two windows gets both gradients
        "unfold",
        lambda x: cr.unfold(x, 2),
        ([1.0, 2.0, 3.0],),
        [[1.0, 2.0], [2.0, 3.0]],
        ([1.0, 2.0, 1.0],),
    ),
    Edge(  # windows with a stride above their size leave a gap
        "fold",
        lambda g: cr.fold(g, 5, stride=3),
        ([[1.0, 2.0], [3.0, 4.0]],),
        [1.0, 2.0, 0.0, 3.0, 4.0],
        ([[1.0, 1.0], [1.0, 1.0]],),
    ),
    Edge(  # for any number
        "stop_gradient",
        cr.stop_gradient,
        ([np.inf, np.nan, -0.0],),
        [np.inf, np.nan, -0.0],
        ([0.0, 0.0, 0.0],),
    ),
]
