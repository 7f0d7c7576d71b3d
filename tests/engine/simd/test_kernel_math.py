"""The engine's own exp, log, tanh and others, over the whole range of their arguments."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine import Runner
from chainrule.graph import Evaluator
from engine.comparison import planned

NAMES = [
    *("exp", "log", "log1p", "expm1", "sin", "cos", "tanh", "sigmoid", "softplus"),
    *("relu", "silu", "erf", "gelu", "elu", "leaky_relu", "sqrt", "square", "abs"),
]


def arguments(dtype: type) -> np.ndarray:
    """Numbers of every magnitude and sign, many of them near 0 and near the overflow of exp."""
    info = np.finfo(dtype)
    edge = np.log(float(info.max))
    spread = np.logspace(-30, 30, 2001)
    parts = [
        np.linspace(-1, 1, 4001),
        np.linspace(-30, 30, 6001),
        np.linspace(-1.2 * edge, 1.2 * edge, 8001),
        edge + np.linspace(-1e-3, 1e-3, 201),
        [info.max, -info.max, info.tiny],
        spread,
        -spread,
        [0.625, -0.625, 0.0, -0.0, np.inf, -np.inf, np.nan],
    ]
    with np.errstate(over="ignore"):
        x = np.concatenate(parts).astype(dtype)
    # where eˣ equals the largest number up to rounding, both that and infinity are right
    return x[~(np.abs(x - edge) < 4 * np.spacing(dtype(edge)))]


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 2e-6)], ids=["f64", "f32"]
)
@pytest.mark.parametrize("name", NAMES)
def test_relative_error_over_the_whole_range(name, dtype, tolerance):
    x = arguments(dtype)
    if name in ("sin", "cos"):
        x = x[np.abs(x) < 1e4]
    graph = cr.trace(getattr(cr, name), x)
    (found,), (expected,) = Runner(planned(graph, dtype))(x), Evaluator(graph)(x)
    tiny = np.finfo(dtype).tiny  # results below the normal range may become 0
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=2 * tiny)
    infinite = np.isinf(expected)
    np.testing.assert_array_equal(found[infinite], expected[infinite])


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])
@pytest.mark.parametrize("often", [False, True], ids=["interpreted", "compiled"])
def test_exponentials_and_logarithms_within_two_units(dtype, often):
    """The compiler must not reorder their formulas."""
    edge = 700 if dtype == np.float64 else 85
    x = np.linspace(-edge, edge, 3001).astype(dtype)
    graph = cr.trace(lambda x: [cr.exp(x), cr.log(cr.exp(x))], x)
    powers, logs = Runner(planned(graph, dtype), often=often)(x)
    precise = np.exp(x.astype(np.longdouble))
    assert (np.abs(powers - precise) <= 2 * np.spacing(powers)).all()
    assert (
        np.abs(logs - np.log(powers.astype(np.longdouble))) <= 2 * np.spacing(np.abs(logs))
    ).all()
