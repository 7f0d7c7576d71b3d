"""Properties of every layer."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.graph import Evaluator, Graph, Spec, verify
from chainrule.ops.tensor import abstract
from nn.every_layer import LAYERS, WIDTH, inputs

SHAPES = [(WIDTH,), (5, WIDTH), (2, 3, WIDTH)]


@pytest.fixture
def rng() -> np.random.Generator:
    """The same numbers for a test, whichever tests run before it."""
    return np.random.default_rng(0)


every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


@every_layer
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_traced_layer_agrees_with_the_eager_one(rng, make, training, shape):
    layer = make(np.float64)
    x = inputs(layer, shape, rng)
    scope = layer.scope(training=training, step=7)
    eager = layer.apply(scope, cr.ops.tensor.lift(x))
    np.testing.assert_array_equal(layer(x, training=training, step=7).value, eager.value)

    placeholders = [
        {name: abstract(tensor.spec, name) for name, tensor in group.items()}
        for group in (layer.parameters(), layer.buffers())
    ]
    step, data = abstract(Spec((), np.dtype(np.int64))), abstract(x)
    traced = layer.scope(*placeholders, training=training, step=step)
    outputs = [layer.apply(traced, data), *traced.updates.values()]
    leaves = [*placeholders[0].values(), *placeholders[1].values(), step, data]
    graph = verify(Graph.of([t.node for t in outputs], [t.node for t in leaves]))
    values = [t.value for t in (*layer.parameters().values(), *layer.buffers().values())]
    got = Evaluator(graph)(*values, 7, x)
    assert list(traced.updates) == list(scope.updates)
    for found, expected in zip(got, [eager, *scope.updates.values()], strict=True):
        np.testing.assert_array_equal(found, expected.value)


@every_layer
@pytest.mark.parametrize("training", [False, True])
def test_gradients_agree_with_finite_differences(rng, make, training):
    layer = make(np.float64)
    x = inputs(layer, (3, WIDTH), rng)
    names = list(layer.parameters())
    weights = rng.normal(size=layer(x).shape)

    def loss(*values):
        data, *values = values if x.dtype.kind == "f" else (x, *values)
        scope = layer.scope(
            dict(zip(names, map(cr.ops.tensor.lift, values), strict=True)), training=training
        )
        return cr.sum(layer.apply(scope, cr.ops.tensor.lift(data)) * weights)

    points = [t.value for t in layer.parameters().values()]
    points = [x, *points] if x.dtype.kind == "f" else points
    assert cr.check_grad(loss, *points, order=1, rtol=1e-5, atol=1e-7) < 1e-5


@every_layer
def test_float32_stays_float32(rng, make):
    layer = make(np.float32)
    x = inputs(layer, (5, WIDTH), rng, np.float32)
    scope = layer.scope(training=True)
    y = layer.apply(scope, cr.variable(x, "x") if x.dtype.kind == "f" else cr.ops.tensor.lift(x))
    gradients = cr.sum(y * y).gradients()
    assert y.dtype == np.float32
    assert {gradients[name].dtype for name in gradients} <= {np.dtype(np.float32)}
    assert {t.dtype for t in scope.updates.values()} <= {np.dtype(np.float32)}
    exact = make(np.float64)
    exact.load({**layer.parameters(), **layer.buffers()})
    np.testing.assert_allclose(layer(x).value, exact(x).value, rtol=2e-5, atol=2e-6)


@every_layer
def test_names_of_parameters_and_buffers(rng, make):
    layer = make(np.float64)
    parameters, buffers = layer.parameters(), layer.buffers()
    assert all(tensor.name == name for name, tensor in (parameters | buffers).items())
    assert all(tensor.node.variable for tensor in parameters.values())
    assert not any(tensor.node.variable for tensor in buffers.values())
    assert all(layer.parameters()[name] is tensor for name, tensor in parameters.items())
    loss = cr.sum(layer(inputs(layer, (5, WIDTH), rng), training=True) ** 2)
    assert set(parameters) == set(loss.gradients())
    assert type(layer).__name__ in repr(layer)


def test_every_layer_is_in_this_test():
    tested = {type(make(np.float64)) for make in LAYERS.values()}
    public = [getattr(nn, name) for name in nn.__all__]
    layers = {c for c in public if inspect.isclass(c) and issubclass(c, nn.Layer)}
    assert {c for c in layers if not inspect.isabstract(c)} == tested


def test_every_class_is_abstract_or_final():
    classes = [nn.Layer, nn.Initialiser]
    for base in classes:
        # other tests define layers of their own
        subclasses = base.__subclasses__()
        classes.extend(cls for cls in subclasses if cls.__module__.startswith("chainrule."))
        assert inspect.isabstract(base) != getattr(base, "__final__", False), base
        assert ">>>" in base.__doc__ or inspect.isabstract(base), base
