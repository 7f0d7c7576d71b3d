"""`fit` on data frames with folds, groups, times, and test rows of their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError, OptionError
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.options import RunOptions
from chainrule.train.runs.training_run import TrainingRun

RNG = np.random.default_rng(0)
FRAME = pl.DataFrame(
    {
        "who": [f"P{i % 10}" for i in range(60)],
        "day": pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 2, 29), eager=True),
        "size": RNG.normal(size=60),
        "city": ["Ulm", "Bonn", "Rome"] * 20,
    }
).with_columns(price=pl.col("size") * 3 + (pl.col("city") == "Ulm"))


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    columns = {name: frame[name].to_list() for name in frame.columns}
    if "day" in columns:
        columns["day"] = pd.to_datetime(columns["day"])
    return pd.DataFrame(columns)


OPTIONS = {"epochs": 3, "engine": "reference", "optimizer": "adam"}


def trained(folder, **options):
    """The report of `chainrule train` on a file with the same rows."""
    FRAME.write_csv(folder / "data.csv")
    run = RunOptions(str(folder / "data.csv"), target="price", validation_fraction=0.0, **options)
    with TrainingRun.start(run, folder / "run") as project:
        for number in project.folds.left if project.folds else []:
            project.folds.train(project.folds.start(number), Callbacks())
        project.train()
        return project.report()


@pytest.mark.parametrize("frame", [FRAME, as_pandas(FRAME)], ids=["polars", "pandas"])
@pytest.mark.parametrize("way", [{}, {"group": "who"}, {"time": "day"}])
def test_folds_are_those_of_a_file(tmp_path, frame, way):
    expected = trained(tmp_path, folds=3, **way, **OPTIONS).cross_validation
    fitted = cr.fit(None, frame, target="price", folds=3, **way, **OPTIONS)
    found = fitted.report.cross_validation
    assert [(f.rows, f.train_rows) for f in found.folds] == [
        (f.rows, f.train_rows) for f in expected.folds
    ]
    assert found.loss == pytest.approx(expected.loss, rel=1e-6)
    assert not {*way.values()} & {*fitted.model.trained_table.columns}


def test_a_model_for_each_fold():
    """Categories of some folds only: each has as many inputs as its training rows need."""
    frame = FRAME.with_columns(
        city=pl.when(pl.int_range(60) < 2).then(pl.lit("Oslo")).otherwise("city")
    )
    widths = []

    def model(inputs, outputs):
        widths.append(inputs)
        return cr.nn.mlp(inputs, (4,), outputs, seed=0)

    cr.fit(model, frame.drop("who", "day"), target="price", folds=20, **OPTIONS)
    assert len(widths) == 21


def test_test_rows_of_their_own(tmp_path):
    new = FRAME.head(20).with_columns(size=pl.col("size") + 0.1).sample(fraction=1, shuffle=True)
    new.write_csv(tmp_path / "new.csv")
    expected = trained(tmp_path, test=str(tmp_path / "new.csv"), **OPTIONS)
    for test in (new, as_pandas(new), new.select(*new.columns[::-1])):
        report = cr.fit(None, FRAME, target="price", test=test, **OPTIONS).report
        assert report.test.loss == pytest.approx(expected.test.loss, rel=1e-6)
        assert report.test.metric == pytest.approx(expected.test.metric, rel=1e-6)
    pair = new.drop("price"), new["price"]
    both = FRAME.drop("price"), FRAME["price"]
    report = cr.fit(None, both, test=pair, **OPTIONS).report
    assert report.test.loss == pytest.approx(expected.test.loss, rel=1e-6)
    named = new.drop("price"), new["price"].alias("cost")
    report = cr.fit(None, both, test=named, **OPTIONS).report
    assert report.test.loss == pytest.approx(expected.test.loss, rel=1e-6)


def test_what_is_said_of_test_rows():
    new = FRAME.head(4).with_columns(city=pl.lit("Oslo"), extra=1)
    notes = cr.fit(None, FRAME, target="price", test=new, **OPTIONS).inference.notes
    assert notes[0] == "the test rows are the 4 rows of `test`; 60 rows here are trained with"
    assert "column 'city' has values no training row had in 4 of 4 rows" in notes[1]
    assert "`extra`" in notes[2]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"test": FRAME.drop("price")}, DataError, "none called 'price'"),
        ({"test": (FRAME.to_numpy(), [1])}, OptionError, "test: expected a data frame"),
        ({"test": FRAME, "folds": 2}, OptionError, "test and folds"),
        ({"folds": 2, "group": np.zeros(60)}, OptionError, "group='…'"),
        ({"folds": 2, "group": "whom"}, LookupError, "did you mean who"),
        ({"folds": 2, "time": "city"}, DataError, "dates, times or numbers in column 'city'"),
    ],
)
def test_what_cannot_be_held_out(options, error, said):
    with pytest.raises(error, match=said):
        cr.fit(None, FRAME, target="price", **options, **OPTIONS)


def test_classes_of_pandas():
    frame = FRAME.with_columns(
        kind=pl.when(pl.col("price") > 0).then(pl.lit("a")).otherwise(pl.lit("b"))
    )
    frame = as_pandas(frame.drop("price"))
    found = cr.fit(None, frame, target="kind", folds=4, **OPTIONS).report.cross_validation
    assert found.metric == "accuracy"
    assert isinstance(frame, pd.DataFrame)
    report = cr.fit(None, frame, target="kind", test=frame.head(9), **OPTIONS).report
    assert 0 <= report.test.metric <= 1
