"""`fit` with test rows of their own, folds, groups and times."""

from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, TimeSeriesSplit

import chainrule as cr
from chainrule.errors import DataError, OptionError
from chainrule.train.data.arrays import from_arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
NUMBERS = X @ [1.0, -2.0, 0.5] + 0.1 * RNG.normal(size=60)
CLASSES = np.where(NUMBERS > 0.5, "high", np.where(NUMBERS < -0.5, "low", "mid"))
OPTIONS = {"epochs": 4, "learning_rate": 0.05, "engine": "reference"}


def model(outputs: int = 1):
    return cr.nn.mlp(3, (5,), outputs, seed=1)


def fitted(y, outputs: int = 1, **options):
    return cr.fit(model(outputs), (X, y), **{**OPTIONS, **options})


def by_hand(y, train, test, outputs: int = 1, **options):
    """The loss and metric on rows that the model was not given."""
    report = cr.fit(
        model(outputs), (X[train], y[train]), test=(X[test], y[test]), **{**OPTIONS, **options}
    ).report
    return report.test.loss, report.test.metric


def test_folds_are_those_of_scikit_learn():
    found = fitted(NUMBERS, folds=4, seed=7).report.cross_validation
    splits = KFold(4, shuffle=True, random_state=7).split(X)
    expected = [by_hand(NUMBERS, *split, seed=7) for split in splits]
    assert [(fold.loss, fold.metric) for fold in found.folds] == expected
    losses = [loss for loss, _ in expected]
    assert found.loss == pytest.approx((np.mean(losses), np.std(losses, ddof=1)))


def test_stratified_folds():
    found = fitted(CLASSES, 3, folds=3).report.cross_validation
    splits = StratifiedKFold(3, shuffle=True, random_state=0).split(X, CLASSES)
    expected = [by_hand(CLASSES, *split, 3) for split in splits]
    assert [(fold.loss, fold.metric) for fold in found.folds] == expected
    assert found.metric == "accuracy"


def test_the_model_is_trained_on_all_rows_at_last():
    """As without folds, bit for bit: nothing of the folds is left in it."""
    folds = cr.fit(made := model(), (X, NUMBERS), folds=3, **OPTIONS)
    alone = cr.fit(model(), (X, NUMBERS), **OPTIONS)
    assert folds.model is made
    for name, one in folds.model.parameters().items():
        assert one.value.tobytes() == alone.model.parameters()[name].value.tobytes()
    assert folds.report.test is None
    assert len(folds.history) == 4
    assert alone.report.cross_validation is None


def test_averages_of_batch_norm_begin_anew():
    network = cr.nn.Sequential(
        cr.nn.Linear(3, 4, seed=0), cr.nn.BatchNorm(4), cr.nn.ReLU(), cr.nn.Linear(4, 1, seed=1)
    )
    found = cr.fit(network, (X, NUMBERS), folds=2, **OPTIONS).report.cross_validation
    splits = list(KFold(2, shuffle=True, random_state=0).split(X))
    again = cr.nn.Sequential(
        cr.nn.Linear(3, 4, seed=0), cr.nn.BatchNorm(4), cr.nn.ReLU(), cr.nn.Linear(4, 1, seed=1)
    )
    train, test = splits[1]
    report = cr.fit(
        again, (X[train], NUMBERS[train]), test=(X[test], NUMBERS[test]), **OPTIONS
    ).report
    assert found.folds[1].loss == report.test.loss


@pytest.mark.parametrize("labels", [np.arange(60) % 12, [f"P{i % 12}" for i in range(60)]])
def test_groups(labels):
    codes = np.unique(labels, return_inverse=True)[1]
    found = fitted(NUMBERS, folds=3, group=labels).report.cross_validation
    sizes = [len(test) for _, test in GroupKFold(3).split(X, groups=codes)]
    assert [fold.rows for fold in found.folds] == sizes


@pytest.mark.parametrize("reach", ["numbers", "dates", "texts", "objects", "series"])
def test_times(reach: str):
    order = np.random.default_rng(3).permutation(60)
    days = np.datetime64("2024-01-01") + order
    times = {
        "numbers": order,
        "dates": days,
        "texts": days.astype(str),
        "objects": [datetime.date(2024, 1, 1) + datetime.timedelta(int(d)) for d in order],
        "series": pl.Series(days),
    }[reach]
    found = fitted(NUMBERS, folds=3, time=times).report.cross_validation
    rows = np.argsort(order)
    windows = TimeSeriesSplit(3).split(X)
    expected = [
        by_hand(NUMBERS, np.sort(rows[train]), np.sort(rows[test])) for train, test in windows
    ]
    assert [(fold.loss, fold.metric) for fold in found.folds] == expected
    report = fitted(NUMBERS, time=times, test_fraction=0.2).report
    late = np.sort(rows[48:])
    assert report.test.loss == by_hand(NUMBERS, np.sort(rows[:48]), late)[0]


def test_rows_to_test_with():
    """Encoded as the training rows: the classes among them are only some."""
    x, y = RNG.normal(size=(5, 3)), np.array(["mid", "high", "high", "mid", "mid"])
    result = cr.fit(made := model(3), (X, CLASSES), test=(x, y), **OPTIONS)
    names = np.array(["high", "low", "mid"])
    expected = np.mean(names[made.predict(x).argmax(axis=1)] == y)
    assert result.report.test.metric == pytest.approx(expected)
    assert result.report.rows == 65


def test_rows_to_test_with_in_frames():
    frame = pl.DataFrame(X, schema=["a", "b", "c"])
    mixed = frame.select("c", "a", "b").head(10)
    one, other = (
        cr.fit(model(), (frame, NUMBERS), test=(x, NUMBERS[:10]), **OPTIONS).report.test
        for x in (frame.head(10), mixed)
    )
    assert one == other


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"test": (X, NUMBERS), "folds": 3}, OptionError, "test and folds; use test"),
        ({"test": (X, NUMBERS), "test_fraction": 0.2}, OptionError, "use test alone"),
        ({"folds": 3, "test_fraction": 0.2}, OptionError, "use folds alone"),
        ({"group": X[:, 0], "time": X[:, 1], "folds": 2}, OptionError, "group and time; use"),
        ({"folds": 1}, OptionError, "a whole number, 2 or more, got 1"),
        ({"folds": 2.5}, OptionError, "a whole number, 2 or more"),
        ({"group": np.zeros(60)}, OptionError, "add test_fraction=0.2"),
        ({"time": np.arange(60)}, OptionError, "add test_fraction=0.2"),
        ({"folds": 2, "group": "who"}, OptionError, "'who', a name"),
        ({"folds": 2, "group": np.zeros(59)}, DataError, r"shape \(60,\), got shape \(59,\)"),
        ({"folds": 2, "group": np.zeros(60)}, DataError, "one for each of 2 folds, got 1"),
        ({"folds": 2, "group": [None, *range(59)]}, DataError, "None in row 0"),
        ({"folds": 2, "time": ["soon"] * 60}, DataError, "soon at index 0"),
        ({"folds": 2, "time": ["2024-01-01", "x"] * 30}, DataError, "x at index 1"),
        ({"folds": 2, "time": [np.nan, *range(59)]}, DataError, "nan at index 0"),
        ({"folds": 2, "time": np.zeros(60)}, DataError, "enough different times"),
        ({"folds": 2, "time": np.arange(60), "time_input": True}, OptionError, "time input"),
        ({"folds": 61}, DataError, "one for each of 61 folds, got 60"),
        ({"test": X}, OptionError, "test rows as"),
        ({"test": (X[:, :2], NUMBERS)}, DataError, r"inputs \(n, 3\), as for training, got \(n, 2"),
        ({"test": (X, NUMBERS[:5])}, DataError, "test rows: expected inputs"),
        ({"test": (X * np.nan, NUMBERS)}, DataError, "test rows: expected finite inputs"),
        ({"folds": 2, "callbacks": [cr.Callback()]}, OptionError, "none with folds"),
    ],
)
def test_what_cannot_be_held_out(options, error, said: str):
    with pytest.raises(error, match=said):
        fitted(NUMBERS, **options)


def test_other_classes_to_test_with():
    with pytest.raises(DataError, match="expected classes high, low, mid, got 'new'"):
        fitted(CLASSES, 3, test=(X[:2], np.array(["mid", "new"])))


def test_data_that_are_divided_already():
    for data in (from_arrays(X, NUMBERS), Endless()):
        with pytest.raises(OptionError, match="folds: expected inputs and answers in arrays"):
            cr.fit(model(), data, folds=3)


def test_an_interrupted_fold_leaves_the_model_as_it_was():
    made = model()
    before = {name: one.value.copy() for name, one in made.parameters().items()}

    def interrupt(gradients):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cr.fit(made, (X, NUMBERS), folds=3, hooks=[cr.Hook(interrupt, every=5)], **OPTIONS)
    for name, one in made.parameters().items():
        np.testing.assert_array_equal(one.value, before[name])


class Endless:
    """A source of batches."""

    def batches(self, epoch, start):
        yield X, NUMBERS

    def state(self):
        return {}
