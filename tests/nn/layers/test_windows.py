"""Layers over windows and channels against loops over every entry."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from chainrule import nn

RNG = np.random.default_rng(4)


def looped_convolution(layer, x):
    """The sum of the definition, entry by entry."""
    values = {name: tensor.value for name, tensor in layer.parameters().items()}
    weight, groups = values["weight"], layer.groups
    spans = [d * (k - 1) for k, d in zip(layer.size, layer.dilation, strict=True)]
    edges = {"same": [(m // 2, m - m // 2) for m in spans], "valid": [(0, 0)] * len(spans)}
    padding = layer.padding
    around = edges[padding] if isinstance(padding, str) else [(p, p) for p in padding]
    x = np.pad(x, [(0, 0), (0, 0), *around])
    lengths = zip(x.shape[2:], spans, layer.stride, strict=True)
    counts = [(n - m - 1) // s + 1 for n, m, s in lengths]
    y = np.zeros((len(x), layer.outputs, *counts))
    for b, h, *at in np.ndindex(y.shape):
        first = h // (layer.outputs // groups) * (layer.inputs // groups)
        for d, *k in np.ndindex(weight.shape[1:]):
            steps = zip(at, layer.stride, k, layer.dilation, strict=True)
            where = tuple(o * s + j * e for o, s, j, e in steps)
            y[(b, h, *at)] += weight[(h, d, *k)] * x[(b, first + d, *where)]
    return y + values.get("bias", np.zeros(layer.outputs)).reshape(-1, *(1,) * len(counts))


@pytest.mark.parametrize("padding", [0, 1, "same", "valid"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 2)])
@pytest.mark.parametrize("groups", [1, 2])
def test_convolution_is_the_sum_of_its_definition(padding, stride, dilation, groups):
    if padding == "same" and stride > 1:
        pytest.skip("refused")
    for kind, lengths, size in (
        (nn.Conv1d, (7,), 2),
        (nn.Conv2d, (5, 6), (2, 3)),
        (nn.Conv3d, (3, 4, 3), (1, 2, 2)),
    ):
        settings = {"stride": stride, "dilation": dilation, "groups": groups, "padding": padding}
        layer = kind(2, 4, size, **settings, bias_init="normal(1)", seed=1)
        x = RNG.normal(size=(2, 2, *lengths))
        found = layer(x).value
        np.testing.assert_allclose(found, looped_convolution(layer, x), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(layer(x[0]).value, found[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"stride": 2},
        {"stride": 3, "padding": 1, "output_padding": 2},
        {"dilation": 2, "output_padding": 1, "padding": 1},
        {"groups": 2, "stride": 2},
    ],
    ids=str,
)
def test_a_transposed_convolution_is_the_transpose(settings):
    """⟨conv(u), x⟩ = ⟨u, transposed(x)⟩ with the same weights, for every u."""
    for conv, transposed, lengths, size in (
        (nn.Conv1d, nn.ConvTranspose1d, (4,), 3),
        (nn.Conv2d, nn.ConvTranspose2d, (3, 2), (2, 3)),
        (nn.Conv3d, nn.ConvTranspose3d, (2, 2, 3), (2, 1, 2)),
    ):
        spread = transposed(4, 6, size, bias=False, seed=1, **settings)
        forward = {k: v for k, v in settings.items() if k != "output_padding"}
        gather = conv(6, 4, size, bias=False, **forward)
        gather.load({"weight": spread.parameters()["weight"]})
        x = RNG.normal(size=(2, 4, *lengths))
        y = spread(x).value
        u = RNG.normal(size=y.shape)
        z = gather(u).value[(..., *map(slice, lengths))]  # entries at the end may make one more
        assert z.shape == x.shape
        np.testing.assert_allclose((z * x).sum(), (u * y).sum(), rtol=1e-11)
        np.testing.assert_allclose(spread(x[0]).value, y[0], rtol=1e-12, atol=1e-12)


def looped_pool(x, size, stride, padding, dilation, ceil, reduce):
    """Each window over the last axes, as the entries of x in it, and how many it covers."""
    axes = len(size)
    counts = []
    for n, k, s, p, d in zip(x.shape[-axes:], size, stride, padding, dilation, strict=True):
        span = d * (k - 1) + 1
        starts = [i for i in range(-p, n + p, s) if i + span <= n + p]
        more = starts[-1] + s
        starts += [more] if ceil and starts[-1] + span < n + p and more < n else []
        counts.append(starts)
    y = np.zeros((*x.shape[:-axes], *map(len, counts)))
    for at in np.ndindex(*map(len, counts)):
        starts = [c[i] for c, i in zip(counts, at, strict=True)]
        positions = list(
            itertools.product(
                *(
                    [a + j * d for j in range(k)]
                    for a, k, d in zip(starts, size, dilation, strict=True)
                )
            )
        )
        inside = [
            i for i in positions if all(0 <= j < n for j, n in zip(i, x.shape[-axes:], strict=True))
        ]
        covered = [
            i
            for i in positions
            if all(j < n + p for j, n, p in zip(i, x.shape[-axes:], padding, strict=True))
        ]
        values = np.stack([x[(..., *i)] for i in inside], -1)
        y[(..., *at)] = reduce(values, len(covered))
    return y


POOLS = [
    ((3,), (2,), (1,), (1,)),
    ((2,), (3,), (1,), (2,)),
    ((2, 3), (2, 1), (1, 0), (1, 1)),
    ((3, 2), (2, 2), (1, 1), (1, 2)),
    ((2, 1, 3), (1, 2, 2), (1, 0, 1), (1, 1, 1)),
]


@pytest.mark.parametrize(("size", "stride", "padding", "dilation"), POOLS)
@pytest.mark.parametrize("ceil", [False, True])
def test_pools_are_loops_over_windows(size, stride, padding, dilation, ceil):
    axes = len(size)
    x = RNG.normal(size=(2, 2, *(6, 5, 7)[:axes]))
    layer = getattr(nn, f"MaxPool{axes}d")(size, stride, padding, dilation=dilation, ceil=ceil)
    expected = looped_pool(x, size, stride, padding, dilation, ceil, lambda v, n: v.max(-1))
    np.testing.assert_array_equal(layer(x).value, expected)
    ones = (1,) * axes
    for count in (True, False):
        mean = getattr(nn, f"AvgPool{axes}d")(size, stride, padding, ceil=ceil, count_padding=count)
        expected = looped_pool(
            *(x, size, stride, padding, ones, ceil),
            lambda v, n, count=count: v.sum(-1) / (n if count else v.shape[-1]),
        )
        np.testing.assert_allclose(mean(x).value, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("outputs", [(1,), (3,), (2, 3), (None, 4), (5, None, 2)])
def test_adaptive_pools_are_loops_over_regions(outputs):
    axes = len(outputs)
    x = RNG.normal(size=(2, *(5, 7, 4)[:axes]))
    wanted = [n if o is None else o for n, o in zip(x.shape[1:], outputs, strict=True)]
    for kind, reduce in (("Avg", np.mean), ("Max", np.max)):
        y = np.zeros((2, *wanted))
        for at in np.ndindex(*wanted):
            lengths = zip(at, x.shape[1:], wanted, strict=True)
            region = [slice(i * n // o, -(-(i + 1) * n // o)) for i, n, o in lengths]
            y[(slice(None), *at)] = reduce(x[(slice(None), *region)].reshape(2, -1), -1)
        layer = getattr(nn, f"Adaptive{kind}Pool{axes}d")(outputs)
        np.testing.assert_allclose(layer(x).value, y, rtol=1e-13)


def test_flatten_joins_the_axes_between():
    x = RNG.normal(size=(2, 3, 4, 5))
    np.testing.assert_array_equal(nn.Flatten()(x).value, x.reshape(2, 60))
    np.testing.assert_array_equal(nn.Flatten(0)(x).value, x.ravel())
    np.testing.assert_array_equal(nn.Flatten(-3, 2)(x).value, x.reshape(2, 12, 5))
    assert nn.Flatten()(np.ones((0, 3, 4))).shape == (0, 12)
    assert repr(nn.Flatten(2, -2)) == "Flatten(start=2, stop=-2)"


@pytest.mark.parametrize("lengths", [(6,), (4, 3), (2, 2, 3)])
def test_channels_are_normalised_by_groups(lengths):
    x = 3.0 + 2.0 * RNG.normal(size=(2, 6, *lengths))
    for groups in (1, 2, 6):
        layer = nn.GroupNorm(groups, 6, eps=1e-3)
        values = {"weight": RNG.normal(size=6), "bias": RNG.normal(size=6)}
        layer.load(values)
        expected = np.empty_like(x)
        for b, g in itertools.product(range(2), range(groups)):
            part = x[b, g * 6 // groups : (g + 1) * 6 // groups]
            normalised = (part - part.mean()) / np.sqrt(part.var() + 1e-3)
            expected[b, g * 6 // groups : (g + 1) * 6 // groups] = normalised
        shape = (6, *(1,) * len(lengths))
        expected = expected * values["weight"].reshape(shape) + values["bias"].reshape(shape)
        np.testing.assert_allclose(layer(x).value, expected, rtol=1e-11)
    instance = nn.InstanceNorm(6, affine=True, eps=1e-3)
    instance.load(values)
    np.testing.assert_allclose(instance(x).value, expected, rtol=1e-11)


def test_settings_are_shown():
    layer = nn.Conv2d(1, 8, 3, padding="same", bias=False)
    assert repr(layer) == "Conv2d(inputs=1, outputs=8, size=(3, 3), padding='same', bias=False)"
    assert repr(nn.MaxPool2d(2)) == "MaxPool2d(size=(2, 2))"
    assert repr(nn.GroupNorm(2, 4, affine=False)) == "GroupNorm(groups=2, channels=4, affine=False)"
