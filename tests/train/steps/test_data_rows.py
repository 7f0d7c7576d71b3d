"""The data that steps read, and what the compiled stepper refuses of them."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import ChainruleError, GraphError, ShapeError
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train.optimizers import SGD
from chainrule.train.steps import flat_stepper
from chainrule.train.steps.stepper import ENGINES, make_stepper
from train.compiled_cases import ROWS, Setup, X, mlp


def test_rows_that_do_not_exist():
    stepper = Setup(mlp()).stepper()
    for rows in ([ROWS], [0, -ROWS - 1]):
        with pytest.raises(ShapeError, match=f"row numbers below {ROWS}, got"):
            stepper.run([np.arange(3), np.array(rows)], 0.1)


def test_a_model_of_two_precisions_is_refused_by_name():
    model = nn.Sequential(nn.Linear(5, 4, dtype=np.float32, seed=1), nn.Linear(4, 5, seed=2))
    stepper = make_stepper(model, mse, SGD(), X, X, engine="compiled")
    with pytest.raises(GraphError, match=r"layers\.0\.weight.*one floating dtype.*f32\[4,5\]"):
        stepper.run([np.arange(4)], 0.1)


@pytest.mark.parametrize(
    "rows", [[[0.5, 1.0]], [[True, False]], np.arange(4)], ids=["halves", "masks", "one batch"]
)
def test_batches_that_are_not_row_numbers(rows):
    stepper = make_stepper(nn.mlp(6, [5], 3), mse, SGD(), *ones(), engine="compiled")
    with pytest.raises(ShapeError, match="row numbers"):
        stepper.run(np.asarray(rows), 0.1)


def ones() -> tuple[np.ndarray, np.ndarray]:
    return np.ones((8, 6)), np.ones((8, 3))


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_the_rows_to_read_come_with_the_call(engine):
    """Data in two parts, as if they came from a stream, are the data as a whole."""
    setup = Setup(mlp(batch_norm=True))
    whole, parts = (setup.stepper(engine) for _ in range(2))
    order = np.arange(20).reshape(5, 4)
    losses = whole.run(order, 0.01)
    found = []
    for first, stop in ((0, 12), (12, 20)):
        data = {"x": setup.x[first:stop].tolist(), "y": setup.y[first:stop]}
        found.append(parts.run(np.arange(stop - first).reshape(-1, 4), 0.01, data))
    np.testing.assert_array_equal(np.concatenate(found), losses)
    assert parts.state().to_bytes() == whole.state().to_bytes()


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"x": X[:, :3], "y": np.arange(ROWS)}, r"data x: expected rows as of f64\[0,5\], got f64"),
        ({"x": X, "y": X}, r"training data y: expected rows as of i64\[0\], got f64\[0,5\]"),
        ({"x": X}, r"training data y: expected rows as of i64\[0\], got none"),
        ({"x": X, "y": np.arange(ROWS), "z": X}, r"data z: expected no such data, got f64\[0,5\]"),
        ({"x": X, "y": np.arange(3)}, r"as many targets as rows .* got inputs .*\(3,\)"),
    ],
    ids=["width", "targets", "missing", "more", "rows"],
)
def test_other_data_have_the_same_form(engine, data, words):
    with pytest.raises(ShapeError, match=words):
        Setup(mlp()).stepper(engine).run([np.arange(3)], 0.1, data)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_data_are_checked_once_and_again_when_an_array_is_another(engine, monkeypatch):
    stepper, checked = Setup(mlp()).stepper(engine), []
    check = flat_stepper.check_compatible
    monkeypatch.setattr(
        flat_stepper, "check_compatible", lambda *args: (checked.append(1), check(*args))
    )
    data = {"x": X[:4], "y": np.arange(4) % 3}
    for _ in range(3):
        stepper.run([np.arange(4)], 0.1, dict(data))
    assert len(checked) == 1
    data["y"] = data["y"] + 1  # the same mapping; its labels go beyond the classes
    with pytest.raises(ChainruleError, match="label"):
        stepper.run([np.arange(4)], 0.1, data)
    assert (len(checked), stepper.step) == (2, 3)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_more_micro_batches_than_at_the_start_are_refused(engine):
    """Each seeds Dropout by a number of its own, and these are counted by the first data."""
    args = mlp()(np.float64), cross_entropy, SGD(), X[:10], np.arange(10) % 3
    stepper = make_stepper(*args, micro_batch=6, engine=engine)
    for n in (12, 13):
        data = {"x": X[:n], "y": np.arange(n) % 3}
        if n == 12:
            assert stepper.run([np.arange(n)], 0.1, data).shape == (1,)
        else:
            with pytest.raises(ShapeError, match=r"accumulation: expected at most 12 rows.*got 13"):
                stepper.run([np.arange(n)], 0.1, data)


@pytest.mark.parametrize("micro_batch", [None, 3])
def test_a_third_input_needs_nothing_but_a_name(micro_batch):
    """Weights of rows, read by the loss: equal to repeating each row as often as it weighs."""
    rng = np.random.default_rng(2)
    weights, targets = rng.integers(0, 4, ROWS), rng.normal(size=(ROWS, 3))
    order = np.array([np.random.default_rng(i).permutation(ROWS)[:6] for i in range(9)])

    def weighted(z: cr.Tensor, y: cr.Tensor, w: cr.Tensor) -> cr.Tensor:
        return cr.mean(w * (z - y) ** 2)

    model = mlp()(np.float64)
    data = {"x": X, "y": targets, "weights": weights[:, None].astype(float)}
    ends = []
    for engine in ENGINES.values():
        one = engine(model, weighted, SGD(), data, micro_batch=micro_batch)
        theta = one.parameters
        one.run(order, 0.1)
        ends.append(one.parameters)
    plain = make_stepper(model, mse, SGD(), X, targets)
    for rows in order:
        repeated = np.repeat(rows, weights[rows])
        plain.run([repeated], 0.1 * len(repeated) / len(rows))
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-10)
    np.testing.assert_allclose(ends[0], plain.parameters, rtol=1e-10)
    assert (ends[0] != theta).any()
