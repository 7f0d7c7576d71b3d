"""Data frames: a model finds the columns it was trained on by their names."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError

RNG = np.random.default_rng(0)
FRAME = pl.DataFrame({name: RNG.normal(size=40) for name in ("age", "height", "weight")})
Y = FRAME["age"].to_numpy() - 2 * FRAME["weight"].to_numpy()


class Pandas:
    """The parts of a pandas data frame that are used: labels may be numbers."""

    def __init__(self, columns, values):
        self.columns, self.values = list(columns), np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values.astype(dtype or self.values.dtype)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, names):
        order = [self.columns.index(name) for name in names]
        return Pandas(names, self.values[:, order])


def fitted(x, **options):
    model = cr.nn.mlp(3, (4,), 1, seed=0)
    return cr.fit(model, (x, Y), epochs=2, engine="reference", **options).model


@pytest.fixture(scope="module")
def model():
    return fitted(FRAME)


def test_columns_in_another_order_are_matched(model):
    mixed = FRAME.select("weight", "age", "height")
    expected = model.predict(FRAME.to_numpy())
    np.testing.assert_array_equal(model.predict(FRAME), expected)
    np.testing.assert_array_equal(model.predict(mixed), expected)
    np.testing.assert_array_equal(model(mixed).value, model(FRAME.to_numpy()).value)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(again.predict(mixed), expected)


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (FRAME.drop("height"), "expected the 3 columns .*, got none called 'height'"),
        (FRAME.rename({"height": "size"}), "got none called 'height'"),
        (Pandas(["age", "age", "height", "weight"], np.ones((5, 4))), "got 'age' besides"),
    ],
)
def test_other_columns_are_named(model, frame, words: str):
    for call in (model.predict, model):
        with pytest.raises(DataError, match=words):
            call(frame)


def test_further_columns_are_ignored(model):
    more = FRAME.with_columns(note=pl.lit("x"), tags=pl.Series([[1]] * 40))
    np.testing.assert_array_equal(model.predict(more), model.predict(FRAME))


def test_labels_that_are_numbers():
    model = fitted(Pandas([0, 1, 2], FRAME.to_numpy()))
    mixed = Pandas([2, 0, 1], FRAME.to_numpy()[:, [2, 0, 1]])
    np.testing.assert_array_equal(model.predict(mixed), model.predict(FRAME.to_numpy()))


def test_a_model_trained_on_an_array_takes_frames_as_arrays():
    model = fitted(FRAME.to_numpy())
    mixed = FRAME.select("weight", "age", "height")
    np.testing.assert_array_equal(model.predict(mixed), model.predict(mixed.to_numpy()))
    cr.fit(model, (FRAME, Y), epochs=1, engine="reference")
    assert model.trained_columns == ("age", "height", "weight")
    assert isinstance(model.predict(FRAME), pl.DataFrame)
    cr.fit(model, (FRAME.to_numpy(), Y), epochs=1, engine="reference")
    assert model.trained_columns == ()
    assert isinstance(model.predict(FRAME), np.ndarray)
