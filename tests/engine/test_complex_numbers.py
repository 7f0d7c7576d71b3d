"""Programs with complex numbers: reference values compute them, kernels move them, all exact."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.autodiff.reverse import pull_back
from chainrule.engine.compiled_evaluator import CompiledEvaluator
from chainrule.errors import GraphError
from chainrule.graph import Evaluator
from chainrule.ops.tensor import constant
from program.checker import check

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3, 4))
Z = X + 1j * RNG.normal(size=(3, 4))


def _loss_and_gradients(x, z):
    loss = np.sum(np.abs(np.fft.fft(x) * np.exp(1j * x) @ np.transpose(z)) ** 2)
    return [loss, *pull_back(loss, constant(1.0), [x, z])]


def _moved(z):
    parts = np.concatenate([z.T, z.T[:1]]), cr.pad(z, 1), z[:, ::-1].reshape(-1), z[1], z[[2, 0]]
    return [np.stack([z[:, ::2], z[:, 1::2]], axis=1), *parts, cr.broadcast_to(z, (2, 3, 4))]


def _converted(z):
    return [z.astype(np.complex64), np.real(z), z == z[0], np.where(z == 0, 1.0, z), z * 2.5j]


def _repeated(x):
    return cr.scan(lambda c, x: (c + np.abs(np.exp(1j * x)), c), 0.0, x)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (_loss_and_gradients, (X, Z)),
        (_loss_and_gradients, (X.astype(np.float32), Z.astype(np.complex64))),
        (_moved, (Z,)),
        (_moved, (Z.astype(np.complex64),)),
        (lambda z: [np.transpose(z, range(8, -1, -1)).reshape(-1)], (Z[0, 0] * np.ones((2,) * 9),)),
        (_converted, (Z,)),
        (lambda c, z: cr.scan(lambda c, z: (c * z, c), c, z), (1j, Z[0])),
        (lambda c, z: cr.scan(lambda c, z: (z, c), c, z), (1j, Z[0])),
        (_repeated, (X[0],)),
    ],
)
def test_the_digits_are_those_of_the_reference(function, args):
    graph = cr.trace(function, *args)
    run = CompiledEvaluator(graph)
    check(run._runner.program)
    for found, expected in zip(run(*args), Evaluator(graph)(*args), strict=True):
        assert found.dtype == expected.dtype
        close = 1e-15 if found.dtype.itemsize == 16 or found.dtype == float else 1e-6
        np.testing.assert_allclose(found, expected, rtol=close, atol=close)


def test_a_loss_of_spectra_trains():
    def loss(output, target):
        return cr.mean(np.abs(np.fft.rfft(output) - np.fft.rfft(target)) ** 2)

    x = RNG.normal(size=(32, 4))
    history = [
        cr.fit(
            cr.nn.Sequential(cr.nn.Linear(4, 4)),
            (x, x[:, ::-1]),
            loss=loss,
            epochs=2,
            seed=0,
            engine=engine,
        ).report.train.loss
        for engine in ("compiled", "reference")
    ]
    assert history[0] == pytest.approx(history[1], rel=1e-12)


def test_longer_numbers_are_refused():
    for dtype in (np.clongdouble, np.longdouble):
        if np.dtype(dtype).itemsize > 16 or dtype is np.longdouble:
            with pytest.raises(GraphError, match="for which no kernel is written"):
                CompiledEvaluator(cr.trace(lambda z: [z], cr.spec(2, dtype)))
