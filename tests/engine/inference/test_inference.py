"""`model.predict` agrees with the reference evaluator, in one thread and in several."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.engine.inference import workspace
from chainrule.errors import ChainruleError, OptionError, ShapeError
from chainrule.nn.slot import Slot
from nn.every_layer import LAYERS, WIDTH, inputs
from train.compiled_cases import MODELS

RNG = np.random.default_rng(3)
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["f64", "f32"])


def agrees(model: nn.Layer, x, dtype) -> np.ndarray:
    """The prediction, which must agree with the reference."""
    expected = model(x).value
    found = model.predict(x)
    assert type(found) is np.ndarray
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    scale, tolerance = max(1.0, float(np.abs(expected).max(initial=0.0))), TOLERANCE[dtype]
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
    return found


def with_new_buffers(model: nn.Layer) -> nn.Layer:
    """The model, with buffers that differ from the initial ones."""
    model.load(
        {name: RNG.uniform(0.5, 2.0, tensor.shape) for name, tensor in model.buffers().items()},
        partial=True,
    )
    return model


@both_dtypes
@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_every_layer(make, dtype):
    model = with_new_buffers(make(dtype))
    for shape in [(WIDTH,), (0, WIDTH), (1, WIDTH), (7, WIDTH), (1024, WIDTH), (2, 3, WIDTH)]:
        agrees(model, inputs(model, shape, RNG, dtype), model.dtype.type)


@both_dtypes
@pytest.mark.parametrize("name", ["everything", "calls", "calls and batch norm", "more axes"])
def test_models_with_and_without_opcodes(name, dtype):
    model, x = with_new_buffers(MODELS[name].model(dtype)), MODELS[name].x
    for rows in (0, 1, 7, len(x)):
        agrees(model, x[:rows], dtype)


@both_dtypes
@pytest.mark.parametrize("rows", [1023, 1024, 1025, 2500])
def test_large_batches_in_chunks(rows, dtype):
    model = nn.mlp(70, (16, 8), 3, batch_norm=True, dtype=dtype)
    x = RNG.normal(size=(rows, 70)).astype(dtype)
    found = agrees(model, x, dtype)
    np.testing.assert_array_equal(model.predict(x), found)


@pytest.mark.parametrize("bias", ["own", None])
def test_a_large_input_is_read_in_place(bias):
    """Reading in place and copying give the same result, and the input stays unchanged."""
    model = nn.Sequential(nn.Linear(300, 4, bias, seed=1), nn.Linear(4, 2, seed=2))
    x = RNG.normal(size=(512, 300))
    kept = x.copy()
    found = agrees(model, x, np.float64)
    np.testing.assert_allclose(model.predict(np.asfortranarray(x)), found, rtol=1e-12)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize("n", [200, 300])
def test_a_large_input_that_is_the_right_factor(n):
    class LeftLinear(nn.Layer):
        symbol = "z"

        def __init__(self):
            weight = Slot((n, n), nn.initialiser("xavier"), dtype=np.dtype(np.float64))
            super().__init__(None, slots={"weight": weight}, seed=0)

        def apply(self, scope, x):
            return scope["weight"] @ x

    model, x = LeftLinear(), np.random.default_rng(0).normal(size=(n, n))
    expected = model.parameters()["weight"].value @ x
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-10, atol=1e-10)


def test_a_large_input_that_is_read_twice():
    model = nn.Residual(nn.Linear(300, 300, seed=1))
    agrees(model, RNG.normal(size=(512, 300)), np.float64)


KINDS = {
    "unchanged": lambda x: x,
    "float32": lambda x: x.astype(np.float32),
    "int": lambda x: x.astype(int),
    "bool": lambda x: x > 0,
    "uint8": lambda x: x.astype(np.int8).astype(np.uint8),
    "big-endian": lambda x: x.astype(">f8"),
    "column-major": np.asfortranarray,
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "reversed": lambda x: x[::-1, ::-1],
    "one row repeated": lambda x: np.broadcast_to(x[0], x.shape),
    "read-only": lambda x: cr.variable(x).value,
    "tensor": cr.variable,
    "list": lambda x: x.tolist(),
    "matrix": lambda x: x.view(type("Mine", (np.ndarray,), {})),
}


@both_dtypes
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [7, 900])
def test_inputs_of_any_kind(kind, dtype, rows):
    model = nn.mlp(80, (6,), 3, seed=1, dtype=dtype)
    x = KINDS[kind](np.round(4 * RNG.normal(size=(rows, 80))))
    expected = model(np.asarray(x.value if isinstance(x, cr.Tensor) else x)).value
    atol = 1e-6 * max(1.0, np.abs(expected).max())  # the rounding of sums of such large numbers
    np.testing.assert_allclose(model.predict(x), expected, rtol=1e-5, atol=atol)
    assert model.predict(x).dtype == dtype


def test_results_are_new_arrays():
    model = nn.mlp(WIDTH, (5,), 3)
    one, two = RNG.normal(size=(2, WIDTH))
    first = model.predict(one)
    kept = first.copy()
    model.predict(two)
    first_batch = model.predict(np.stack([one, two]))
    np.testing.assert_array_equal(first, kept)
    assert first.flags.owndata
    assert first.flags.writeable
    first_batch[:] = 0
    np.testing.assert_array_equal(model.predict(one), kept)


def test_new_parameters_are_noticed():
    model, x = nn.mlp(WIDTH, (5,), 2, batch_norm=True), RNG.normal(size=(6, WIDTH))
    other = nn.mlp(WIDTH, (5,), 2, batch_norm=True, seed=9)
    agrees(model, x, np.float64)
    model.load({name: t.value for name, t in other.parameters().items()}, partial=True)
    np.testing.assert_array_equal(model.predict(x), other.predict(x))
    model.load({"layers.1.running_mean": np.full(5, 3.0)}, partial=True)
    agrees(model, x, np.float64)
    agrees(model, x[0], np.float64)


def test_training_is_noticed():
    model, x = nn.mlp(WIDTH, (5,), 3, dtype=np.float32), RNG.normal(size=(60, WIDTH))
    before = model.predict(x)
    cr.fit(model, (x, RNG.integers(0, 3, 60)), epochs=2)
    assert (agrees(model, x, np.float32) != before).any()


def test_models_that_share_a_layer():
    layer = nn.Linear(WIDTH, WIDTH, seed=1)
    one, other = nn.Sequential(layer, nn.Tanh()), nn.Sequential(layer, nn.Linear(WIDTH, 2, seed=2))
    x = RNG.normal(size=(3, WIDTH))
    for _ in range(2):
        agrees(one, x, np.float64)
        agrees(other, x, np.float64)
        layer.load({"bias": RNG.normal(size=WIDTH)}, partial=True)


def test_alternating_shapes_and_more_than_are_remembered(monkeypatch):
    """Programs share an arena: one may overwrite the constants of another."""
    monkeypatch.setattr(workspace, "MAX_SHAPES", 3)
    model = with_new_buffers(nn.mlp(WIDTH, (5,), 2, batch_norm=True))
    for rows in (1, 9, 1, 4, 30, 2, 1, 9, 4, 0, 30):
        agrees(model, RNG.normal(size=(rows, WIDTH)), np.float64)


def test_threads_predict_independently():
    model = nn.mlp(50, (64, 64), 3, activation="tanh", seed=4)
    inputs = [RNG.normal(size=(1 + i % 5, 50)) for i in range(40)]
    expected = [model(x).value for x in inputs]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            futures = [pool.submit(model.predict, x) for x in inputs]
            for future, right in zip(futures, expected, strict=True):
                np.testing.assert_allclose(future.result(), right, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_predict_for_themselves(copied):
    model, x = nn.mlp(WIDTH, (5,), 2), RNG.normal(size=(3, WIDTH))
    expected = model.predict(x)
    other = copied(model)
    np.testing.assert_array_equal(other.predict(x), expected)
    other.load({"layers.2.bias": [5.0, 5.0]}, partial=True)
    np.testing.assert_array_equal(model.predict(x), expected)
    np.testing.assert_allclose(other.predict(x), expected + 5.0, rtol=1e-12)


REFUSED = {
    "too wide": (np.ones(5), ShapeError, "layers.0: expected inputs (…, 4), got (5,)"),
    "too narrow": (np.ones((7, 3)), ShapeError, "layers.0: expected inputs (…, 4), got (7, 3)"),
    "one number": (3.0, ShapeError, "expected inputs (…, 4), got ()"),
    "large": (np.ones((2000, 5)), ShapeError, "expected inputs (…, 4), got (1024, 5)"),
    "text": (["a"] * 4, OptionError, "predict: expected real numbers, got list of dtype <U1"),
    "complex": (np.ones(4) + 0j, OptionError, "expected real numbers, got ndarray of dtype comp"),
    "none": (None, OptionError, "expected real numbers, got NoneType"),
    "ragged": ([[1.0], [1.0, 2.0]], ShapeError, "expected rows of equal length"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_inputs_that_are_refused(name):
    model = nn.mlp(WIDTH, (5,), 2)
    x, kind, words = REFUSED[name]
    for _ in range(2):
        with pytest.raises(kind) as caught:
            model.predict(x)
        assert words in str(caught.value)
        assert "\n" not in str(caught.value)
    agrees(model, np.ones(WIDTH), np.float64)


def test_two_precisions_are_refused_by_name():
    model = nn.Sequential(nn.Linear(4, 4, dtype=np.float32), nn.Linear(4, 2))
    with pytest.raises(ChainruleError, match="one floating dtype"):
        model.predict(np.ones(4))


def test_a_network_does_not_load_the_engine_before_it_predicts():
    code = (
        "import sys; from chainrule import nn; m = nn.mlp(2); m([1.0, 2.0]);"
        " assert 'numba' not in sys.modules; assert m.predict([1.0, 2.0]).shape == (1,)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("rows", [None, 3])
def test_nan_passes_through(rows):
    model = nn.Sequential(nn.Linear(2, 2, seed=1), nn.Tanh())
    x = np.full((2,) if rows is None else (rows, 2), np.nan)
    assert np.isnan(model.predict(x)).all()


def test_filling_a_slot_changes_the_state():
    layer = nn.Linear(2, 2)
    layer.parameters()  # initialises them
    before = Slot.filled
    layer.parameters()
    assert Slot.filled is before
    layer.load({"bias": [1.0, 2.0]}, partial=True)
    assert Slot.filled is not before


@both_dtypes
def test_column_major_weights(dtype):
    """Layers that are wide enough, any number of rows, and parameters that change meanwhile."""
    shared = nn.Linear(20, 20, dtype=dtype, seed=4)
    model = nn.Sequential(
        nn.Linear(300, 20, dtype=dtype), nn.ReLU(), shared, shared, nn.Linear(20, 300, dtype=dtype),
        seed=2,
    )  # fmt: skip
    for change in range(2):
        for shape in [(300,), (1, 300), (2, 300), (3, 300), (9, 300), (1025, 300), (2, 3, 300)]:
            agrees(model, RNG.normal(size=shape).astype(dtype), dtype)
        values = model.parameters().items()
        model.load({name: tensor.value * 0.5 + change for name, tensor in values}, partial=True)
