"""NumPy's functions that sort, select and move run in compiled programs, on other inputs, too."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.compiled_evaluator import CompiledEvaluator

POINTS = np.array([-1.0, 0.0, 0.5, 1.0])

FUNCTIONS = {
    "sort": lambda t: np.sort(t, axis=0),
    "median": lambda t: np.median(t, axis=1),
    "interp": lambda t: np.interp(t, POINTS, t[:, 0]),
    "convolve": lambda t: np.convolve(t[0], t[1]),
    "cumprod": lambda t: np.cumprod(t, axis=1),
    "sinc": np.sinc,
    "tile, roll": lambda t: np.tile(np.roll(t, 2, axis=1), (2, 1)),
    "pad, diag": lambda t: np.pad(t, 1, "reflect")[2, 2] * np.diag(t[0]),
    "gradient": lambda t: np.gradient(t, axis=0),
    "nanmean": lambda t: np.nanmean(t, axis=0),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_is_recorded_anew(name):
    def both(t):
        value, pull = cr.vjp(FUNCTIONS[name], t)
        return [value, *pull(np.ones(value.shape))]

    compiled = CompiledEvaluator(cr.trace(both, cr.spec((4, 5))))
    for seed in range(2):
        x = np.random.default_rng(seed).normal(size=(4, 5))
        for found, expected in zip(compiled(x), both(x), strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
