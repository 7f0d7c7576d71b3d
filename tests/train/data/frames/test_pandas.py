"""Frames of pandas: what its dtypes mean, and predictions with the index of their rows."""

from __future__ import annotations

import datetime as dt
import decimal
import subprocess
import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError
from chainrule.train.data.frames.column_values import polars_column

pd = pytest.importorskip("pandas")

UTC = dt.UTC
NOON = dt.datetime(2024, 1, 1, 12)

COLUMNS: dict[str, tuple[Any, list[Any], Any]] = {
    "integers": (lambda: pd.Series([1, 2]), [1, 2], pl.Int64),
    "small": (lambda: pd.Series([1, 2], dtype="uint8"), [1, 2], pl.UInt8),
    "half": (lambda: pd.Series([0.5, 1], dtype="float16"), [0.5, 1.0], pl.Float32),
    "Int64": (lambda: pd.Series([2**60 + 1, None], dtype="Int64"), [2**60 + 1, None], pl.Int64),
    "Float32": (lambda: pd.Series([0.5, None], dtype="Float32"), [0.5, None], pl.Float32),
    "boolean": (lambda: pd.Series([True, None], dtype="boolean"), [True, None], pl.Boolean),
    "bools": (lambda: pd.Series([True, None], dtype=object), [True, None], pl.Boolean),
    "string": (lambda: pd.Series(["a", None], dtype="string"), ["a", None], pl.String),
    "object": (lambda: pd.Series(["a", np.nan], dtype=object), ["a", None], pl.String),
    "surrogate": (lambda: pd.Series(["\ud800", None], dtype=object), ["\\ud800", None], pl.String),
    "mixed": (lambda: pd.Series([1, "?", 2.5], dtype=object), ["1", "?", "2.5"], pl.String),
    "numbers": (lambda: pd.Series([1, 2.5, pd.NA], dtype=object), [1.0, 2.5, None], pl.Float64),
    "huge": (lambda: pd.Series([2**70, None], dtype=object), [2**70, None], pl.Int128),
    "decimals": (lambda: pd.Series([decimal.Decimal("0.1"), None]), [0.1, None], pl.Float64),
    "category": (lambda: pd.Series(pd.Categorical(["b", None])), ["b", None], pl.Categorical),
    "codes": (lambda: pd.Series(pd.Categorical([2, 1, None])), ["2", "1", None], pl.Categorical),
    "cut": (lambda: pd.cut(pd.Series([1]), [0, 5]), ["(0, 5]"], pl.Categorical),
    "truths": (lambda: pd.Series(pd.Categorical([True])), ["true"], pl.Categorical),
    "moments": (lambda: pd.Series([NOON, None]), [NOON, None], pl.Datetime),
    "seconds": (lambda: pd.Series([NOON], dtype="datetime64[s]"), [NOON], pl.Datetime),
    "zoned": (
        lambda: pd.Series([NOON]).dt.tz_localize("Europe/Berlin"),
        [NOON - dt.timedelta(hours=1)],
        pl.Datetime,
    ),
    "zones": (
        lambda: pd.Series([NOON.replace(tzinfo=UTC), None], dtype=object),
        [NOON, None],
        pl.Datetime,
    ),
    "days": (lambda: pd.Series([NOON.date(), None], dtype=object), [NOON.date(), None], pl.Date),
    "times": (lambda: pd.Series([NOON.time()], dtype=object), [NOON.time()], pl.Time),
    "durations": (lambda: pd.Series([dt.timedelta(1)]), [dt.timedelta(1)], pl.Duration),
    "months": (lambda: pd.Series([pd.Period("2024-02", "M")]), ["2024-02"], pl.String),
    "sparse": (lambda: pd.Series(pd.arrays.SparseArray([0.0, 1.0])), [0.0, 1.0], pl.Float64),
    "nothing": (lambda: pd.Series([None, np.nan], dtype=object), [None, None], pl.Null),
    "lists": (lambda: pd.Series([[1], [2]]), [[1], [2]], pl.List),
    "complex": (lambda: pd.Series([1j]), [1j], pl.Object),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_dtypes(name: str):
    make, expected, dtype = COLUMNS[name]
    found = polars_column("a", make())
    assert found.dtype == dtype
    assert found.name == "a"
    assert found.to_list() == expected


@pytest.fixture(scope="module")
def frame() -> Any:
    rng, n = np.random.default_rng(0), 120
    frame = pd.DataFrame(
        {
            "age": pd.array([None if i % 10 == 3 else i * 7 % 60 for i in range(n)], dtype="Int64"),
            "city": pd.Categorical(rng.choice(["Ulm", "Bonn"], n)),
            "income": [f"${x:,.0f}" for x in rng.normal(50_000, 9_000, n)],
            "when": pd.date_range("2024-01-01", periods=n),
            5: rng.random(n) < 0.5,
        }
    )
    frame.index = [f"row {i}" for i in range(n)]
    return frame


@pytest.mark.parametrize(
    "dtype", ["str", "object", "string", "category", "bool", "boolean", "int8", "Int64", "float64"]
)
def test_predictions_have_the_index_and_the_dtype(frame: Any, dtype: str):
    words = {"str", "object", "string", "category"}
    y = frame[5].map({True: "yes", False: "no"}) if dtype in words else frame[5].astype(int)
    y = y.astype(dtype)
    run = cr.fit(None, frame.assign(y=y), target="y", epochs=25, learning_rate=0.01)
    new = frame.iloc[7:60][["when", 5, "income", "city", "age"]]
    found = run.model.predict(new)
    assert type(found) is pd.DataFrame
    assert found.index.equals(new.index)
    assert str(found["y"].dtype) == str(y.dtype)
    assert found["y"].tolist() == y.loc[new.index].tolist()
    shares = run.model.predict(new, proba=True)
    assert shares.index.equals(new.index)
    assert list(shares.columns) == list(map(str, run.inference.classes))
    empty = run.model.predict(new.iloc[:0])
    assert len(empty) == 0
    assert str(empty["y"].dtype) == str(y.dtype)


def test_names_that_are_numbers_or_repeated(frame: Any):
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame(rng.normal(size=(50, 4)), columns=[0, 1, 1, 9])
    run = cr.fit(None, numbers, target=9, epochs=2)
    assert run.model.trained_columns == ("0", "1", "1_1")
    assert "repeated names made distinct: `1_1`" in repr(run.inference)
    assert list(run.model.predict(numbers.iloc[:, :3]).columns) == [9]
    with pytest.raises(DataError, match=r"one column called '1', got another.*; add drop=\"1_1\""):
        cr.fit(None, numbers, target="1")
    cr.fit(None, numbers, target="1", drop="1_1", epochs=1)
    levels = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "b"), ("a", "c")]))
    with pytest.raises(DataError, match=r"names of 2 levels, such as \('a', 'b'\); join them"):
        cr.fit(None, levels, target="a")


def test_an_index_is_no_input(frame: Any):
    rng = np.random.default_rng(0)
    named = pd.DataFrame({"a": rng.normal(size=40), "y": rng.normal(size=40)})
    named.index = pd.Index(range(100, 140), name="time")
    run = cr.fit(None, named, target="y", epochs=1)
    assert "the index `time` is no input; frame.reset_index()" in repr(run.inference)
    written = pd.DataFrame({"Unnamed: 0": range(40), "a": named["a"].to_numpy()})
    run = cr.fit(None, (written, named["y"].to_numpy()), epochs=1)
    assert run.model.trained_columns == ("a",)


def test_answers_beside_the_inputs(frame: Any):
    y = pd.Series(np.arange(120.0) % 7, index=frame.index, name="load")
    run = cr.fit(None, (frame, y), task="regression", epochs=1)
    assert list(run.model.predict(frame).columns) == ["load"]
    for answers, words in [
        (y.iloc[::-1], "the same index in another order; .*answers.loc"),
        (y.iloc[:5], "an answer for each of 120 rows, got 5"),
        (frame["age"], r"got 'age' in both; .*fit\(model, frame, target='age'\)"),
    ]:
        with pytest.raises(DataError, match=words):
            cr.fit(None, (frame, answers))
    derived = cr.fit(None, (frame, y.rename("age")), task="regression", epochs=1)
    assert list(derived.model.predict(frame).columns) == ["y"]
    alone = cr.fit(None, (frame, y.to_frame()), task="regression", epochs=1)
    assert list(alone.model.predict(frame).columns) == ["load"]


def test_frames_of_the_other_library(frame: Any):
    run = cr.fit(None, frame.rename(columns={5: "five"}), target="five", epochs=3)
    new = frame.drop(columns=5).astype({"city": str, "age": object}).head(9)
    other = pl.DataFrame(
        {name: polars_column(name, new[name]) for name in reversed(list(new.columns))}
    )
    assert run.model.predict(other)["five"].to_list() == run.model.predict(new)["five"].tolist()
    assert run.model.predict(other)["five"].dtype == pl.Boolean
    back = cr.fit(None, other.with_columns(y=pl.Series([1, 2, 1] * 3)), target="y", epochs=1)
    assert str(back.model.predict(new)["y"].dtype) == "int64"


def test_pandas_is_not_imported_by_the_package():
    code = """
import sys, polars as pl, chainrule as cr
frame = pl.DataFrame({"a": [0.5, 1.5, 2.5, 4.0] * 5, "y": ["p", "q", "p", "q"] * 5})
cr.fit(None, frame, target="y", epochs=1, engine="reference").model(frame)
print("pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
