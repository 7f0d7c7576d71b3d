"""Training runs special functions in the engine: what has no machine code is called."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.scipy import integrate, signal, special, stats


def counts(output, target):
    """The negative log-likelihood of Poisson counts, whose mean is e^output."""
    return -cr.mean(stats.poisson.logpmf(target, cr.exp(output)))


def student(output, target):
    return -cr.mean(stats.t.logpdf(target, 4.0, output, 0.5))


def several(output, target):
    """Functions of every family, in one loss."""
    x = 0.5 + cr.sigmoid(output)
    return cr.mean(
        special.gammaln(x) + special.jv(1.0, x) * special.erfc(x) + special.gammainc(1.5, x)
        - special.xlogy(x, x) + special.logsumexp(x, axis=0) + special.i0e(x)
    ) + cr.mean((x - target) ** 2)  # fmt: skip


def smoothed(output, target):
    return cr.mean(signal.convolve(output - target, [[0.5], [0.5]], "valid") ** 2)


def decaying(output, target):
    """The targets are reached at the end of dy/dt = output."""
    grown = integrate.odeint(lambda y, t, rate: rate, cr.zeros_like(target)[:, 0], [0.0, 1.0],
                             (output[:, 0],))  # fmt: skip
    return cr.mean((grown[1] - target[:, 0]) ** 2)


@pytest.mark.parametrize("loss", [counts, student, several, smoothed, decaying])
def test_compiled_steps_are_those_of_the_reference(loss):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(12, 2))
    y = np.floor(np.exp(x[:, :1] * 0.5) + 1.0)
    fitted = {}
    for engine in ("compiled", "reference"):
        model = cr.nn.mlp(2, (3,), 1, activation="tanh", seed=0)
        found = cr.fit(model, (x, y), loss=loss, epochs=4, engine=engine, learning_rate=0.05)
        losses = [record.train_loss for record in found.history]
        assert np.isfinite(losses).all()
        assert losses[-1] < losses[0]
        fitted[engine] = losses
    np.testing.assert_allclose(fitted["compiled"], fitted["reference"], rtol=1e-4)
