"""Updates against the formulas in longer precision, entry by entry."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chainrule.engine.kernels.optimizer_updates import METHODS, SETTINGS, update

GRADIENTS = st.builds(lambda n: n / 2**20, st.integers(-(2**50), 2**50))
"""Large and small ones."""


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(deadline=None, max_examples=50)
@example(grads=[0.0, 1.0], beta1=0.9, beta2=0.999, eps=1e-40, decay=0.0, clip=-1.0, method="adam")
@given(
    grads=st.lists(GRADIENTS | st.just(0.0), min_size=1, max_size=40),
    beta1=st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.999]),
    beta2=st.sampled_from([0.0, 0.49, 0.5, 0.999, 0.99999]),
    eps=st.sampled_from([1e-8, 1e-3, 1e-30, 1e-40]),
    decay=st.sampled_from([0.0, 0.1]),
    clip=st.sampled_from([-1.0, 1.0]),
    method=st.sampled_from(["adam", "adamw"]),
)
def test_adam(dtype, grads, beta1, beta2, eps, decay, clip, method):
    """Two steps, the second with much smaller gradients, by either kernel of Adam."""
    rate, n = 0.01, len(grads)
    hyperparameters = {"eps": eps, "beta1": beta1, "beta2": beta2, "weight_decay": decay}
    hyperparameters |= {"clip_value": clip, "clip_norm": -1.0}
    options = np.array([hyperparameters.get(name, 0.0) for name in SETTINGS])
    arena = np.zeros(4 * n, dtype)
    arena[:n] = np.linspace(-1, 1, n)
    theta, m, v = arena[:n].astype(np.longdouble), np.longdouble(0), np.longdouble(0)
    for step in (1, 2):
        arena[n : 2 * n] = np.array(grads, dtype) / 1e3 ** (step - 1)
        gradient = arena[n : 2 * n].astype(np.longdouble)
        update(arena, 0, n, 2 * n, n, METHODS[method], options, rate, step, 0, 1)
        gradient = np.clip(gradient, -clip, clip) if clip > 0 else gradient
        decayed = theta * (1 - rate * decay) if method == "adamw" else theta
        gradient = gradient if method == "adamw" else gradient + np.longdouble(decay) * theta
        m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
        corrected = np.sqrt(v / (1 - np.longdouble(beta2) ** step)) + eps
        theta = decayed - rate * (m / (1 - np.longdouble(beta1) ** step)) / corrected
        digits = 3e-6 if dtype == np.float32 else 1e-13
        tiny = np.finfo(dtype).tiny * 1e3
        scale = float(np.abs(m).max())
        np.testing.assert_allclose(arena[2 * n : 3 * n], m, rtol=digits, atol=tiny + digits * scale)
        np.testing.assert_allclose(arena[3 * n :], v, rtol=digits, atol=tiny)
        np.testing.assert_allclose(arena[:n], theta, rtol=digits, atol=1e3 * digits * rate)
        theta = arena[:n].astype(np.longdouble)
        m, v = (arena[i * n : (i + 1) * n].astype(np.longdouble) for i in (2, 3))
