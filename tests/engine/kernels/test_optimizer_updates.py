"""Updates, entry by entry: the formula's numbers in more digits."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chainrule.engine.kernels.optimizer_updates import METHODS, SETTINGS, update

SLOPES = st.integers(-(2**50), 2**50).map(lambda n: n / 2**20)
"""Some of them large, some small, some 0."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(deadline=None, max_examples=50)
@example(slopes=[0.0, 1.0], beta1=0.9, beta2=0.999, eps=1e-40, decay=0.0, clip=-1.0, method="adam")
@given(
    slopes=st.lists(SLOPES | st.just(0.0), min_size=1, max_size=40),
    beta1=st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.999]),
    beta2=st.sampled_from([0.0, 0.49, 0.5, 0.999, 0.99999]),
    eps=st.sampled_from([1e-8, 1e-3, 1e-30, 1e-40]),
    decay=st.sampled_from([0.0, 0.1]),
    clip=st.sampled_from([-1.0, 1.0]),
    method=st.sampled_from(["adam", "adamw"]),
)
def test_adam(dtype, slopes, beta1, beta2, eps, decay, clip, method):
    """After each of two steps with slopes that are ever smaller, of whichever walk is taken."""
    rate, n = 0.01, len(slopes)
    given_ = {"eps": eps, "beta1": beta1, "beta2": beta2, "weight_decay": decay}
    given_ |= {"clip_value": clip, "clip_norm": -1.0}
    options = np.array([given_.get(name, 0.0) for name in SETTINGS])
    arena = np.zeros(4 * n, dtype)
    arena[:n] = np.linspace(-1, 1, n)
    theta, m, v = arena[:n].astype(np.longdouble), np.longdouble(0), np.longdouble(0)
    for step in (1, 2):
        arena[n : 2 * n] = np.array(slopes, dtype) / 1e3 ** (step - 1)
        slope = arena[n : 2 * n].astype(np.longdouble)
        update(arena, 0, n, 2 * n, n, METHODS[method], options, rate, step, 0, 1)
        slope = np.clip(slope, -clip, clip) if clip > 0 else slope
        kept = theta * (1 - rate * decay) if method == "adamw" else theta
        slope = slope if method == "adamw" else slope + np.longdouble(decay) * theta
        m, v = beta1 * m + (1 - beta1) * slope, beta2 * v + (1 - beta2) * slope**2
        corrected = np.sqrt(v / (1 - np.longdouble(beta2) ** step)) + eps
        theta = kept - rate * (m / (1 - np.longdouble(beta1) ** step)) / corrected
        digits = 3e-6 if dtype == np.float32 else 1e-13
        tiny = np.finfo(dtype).tiny * 1e3
        scale = float(np.abs(m).max())
        np.testing.assert_allclose(arena[2 * n : 3 * n], m, rtol=digits, atol=tiny + digits * scale)
        np.testing.assert_allclose(arena[3 * n :], v, rtol=digits, atol=tiny)
        np.testing.assert_allclose(arena[:n], theta, rtol=digits, atol=1e3 * digits * rate)
        theta = arena[:n].astype(np.longdouble)
        m, v = (arena[i * n : (i + 1) * n].astype(np.longdouble) for i in (2, 3))
