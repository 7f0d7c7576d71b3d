"""Predictions of frames: of the same library, in the terms of the answers."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError, OptionError

RNG = np.random.default_rng(0)
ROWS = 80
FRAME = pl.DataFrame(
    {
        "age": [None if i % 9 == 0 else i * 7 % 50 for i in range(ROWS)],
        "city": [("Ulm", "Bonn", "Kiel")[i * 5 % 3] for i in range(ROWS)],
        "member": [i % 4 < 2 for i in range(ROWS)],
        "since": [dt.date(2020, 1, 1) + dt.timedelta(i * 11 % 700) for i in range(ROWS)],
    }
)
UP = np.array([i % 4 < 2 for i in range(ROWS)])


def fitted(answers: Any, **options: Any) -> Any:
    frame = FRAME.with_columns(y=answers)
    return cr.fit(None, frame, target="y", epochs=25, learning_rate=0.01, **options).model


@pytest.mark.parametrize(
    "answers",
    [
        pl.Series(np.where(UP, "yes", "no")),
        pl.Series(np.where(UP, 7, -3)),
        pl.Series(np.where(UP, 7, 3), dtype=pl.UInt8),
        pl.Series(UP),
        pl.Series(np.where(UP, "b", "a"), dtype=pl.Enum(["c", "b", "a"])),
        pl.Series(np.where(UP, 1.5, 2.0)),
        pl.Series([dt.date(2024, 1, 1) if up else dt.date(2025, 1, 1) for up in UP]),
        pl.Series(np.where(UP, "007", "1e5")),
    ],
    ids=lambda answers: str(answers.dtype),
)
def test_classes_come_out_as_they_stood(answers: pl.Series):
    model = fitted(answers, task="classification")
    found = model.predict(FRAME)
    assert found.columns == ["y"]
    assert found["y"].dtype == answers.dtype
    assert found["y"].to_list() == answers.to_list()
    shares = model.predict(FRAME, proba=True)
    assert shares.width == 2
    np.testing.assert_allclose(shares.sum_horizontal(), 1)
    best = [shares.columns[i] for i in shares.to_numpy().argmax(axis=1)]
    assert dict(zip(best, answers, strict=True)).keys() == set(shares.columns)
    assert len(set(zip(best, answers, strict=True))) == 2


def test_numbers_are_in_their_units():
    y = 1e6 + 2e4 * FRAME["member"].cast(pl.Float64)
    model = fitted(y + pl.Series(RNG.normal(size=ROWS)))
    found = model.predict(FRAME)
    np.testing.assert_allclose(found["y"], y, atol=4e3)
    with pytest.raises(OptionError, match="proba: expected a model of classes"):
        model.predict(FRAME, proba=True)


def test_rows_are_encoded_as_in_training():
    model = fitted(pl.Series(np.where(UP, "yes", "no")))
    expected = model.predict(FRAME, proba=True)
    mixed = FRAME.select("since", "member", "city", "age").with_columns(more=pl.lit("x"))
    assert model.predict(mixed, proba=True).equals(expected)
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert again.predict(mixed, proba=True).equals(expected)
    written = FRAME.with_columns(pl.all().cast(pl.String))
    assert model.predict(written, proba=True).equals(expected)
    assert model.predict(FRAME.clear()).schema == {"y": pl.String}
    assert model.predict(FRAME.clear(), proba=True).shape == (0, 2)
    logits = model(FRAME).value
    np.testing.assert_array_equal(logits.argmax(axis=1), expected.to_numpy().argmax(axis=1))


def test_categories_never_seen_are_counted():
    model = fitted(pl.Series(np.where(UP, "yes", "no")))
    new = FRAME.head(4).with_columns(city=pl.Series(["Rom", "Ulm", "Rom", "Paris"]))
    with pytest.warns(UserWarning, match=r"'city' .* in 3 of 4 rows, .*: Paris, Rom$") as caught:
        assert model.predict(new).height == 4
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="Paris, Rom$") as caught:
        model(new)
    assert caught[0].filename == __file__


def test_what_cannot_be_predicted_is_said_in_one_line():
    model = fitted(pl.Series(np.where(UP, "yes", "no")))
    for other, words in [
        (FRAME.drop("age", "city"), "the 4 columns of the training data, got none called 'age', "),
        (FRAME.clear().drop("age"), "got none called 'age'"),
        (FRAME.with_columns(age=pl.lit("many")), "expected numbers in column 'age', got 'many'"),
        (FRAME.with_columns(member=pl.lit(None)), "missing values in 'member' .80., the first in"),
        (FRAME.lazy(), r"got a LazyFrame; call .collect\(\)"),
        (np.ones((3, 4)), "'age', 'city', 'member', 'since', of which 'city' is no number"),
    ]:
        with pytest.raises(DataError, match=words) as caught:
            model.predict(other)
        assert "--" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_an_array_is_the_columns_in_their_order():
    numbers = FRAME.select(pl.col("age").fill_null(3), "member")
    y = 1e3 * numbers["age"] + 5e4
    model = cr.fit(None, (numbers, y), epochs=20).model
    array = numbers.cast(pl.Float64).to_numpy()
    found = model.predict(array)
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, model.predict(numbers).to_numpy())
    np.testing.assert_allclose(model.predict(array[3]), found[3], rtol=1e-6)
    np.testing.assert_array_equal(model(array).value, model(numbers).value)
    with pytest.raises(DataError, match=r"numbers \(n, 2\), for the columns 'age', 'member'"):
        model.predict(array[:, :1])


def test_a_model_of_arrays_has_no_probabilities():
    model = cr.nn.mlp(2, (), 2)
    with pytest.raises(OptionError, match="trained on a data frame with classes"):
        model.predict(np.ones((1, 2)), proba=True)
