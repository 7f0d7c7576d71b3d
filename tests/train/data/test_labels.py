"""A label is what stood in the file or the array, and none stands for a missing one."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import DataError, OptionError, RunError, ShapeError, UnknownNameError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.load_dataset import load, reload
from chainrule.train.data.reading.sources import read
from chainrule.train.options import RunOptions

X = np.random.default_rng(0).normal(size=(60, 3))
BIG = 2**53

WRITTEN = {
    "leading zeros": (["007", "10", "2"], ["2", "007", "10"]),
    "exponents": (["1e5", "2e5", "3"], ["3", "1e5", "2e5"]),
    "7 is not 007": (["7", "007"], ["007", "7"]),
    "large": ([f"{BIG + i}" for i in range(4)], [f"{BIG + i}" for i in range(4)]),
    "negative and large": ([f"{-BIG - 1}", f"{-BIG}"], [f"{-BIG - 1}", f"{-BIG}"]),
    "dates": (["2024-03-01", "2024-01-01"], ["2024-01-01", "2024-03-01"]),
    "moments": (
        ["2024-03-01 12:00", "2024-01-01T06:30Z"],
        ["2024-01-01T06:30Z", "2024-03-01 12:00"],
    ),
    "truth": (["True", "False"], ["False", "True"]),
    "decimals": (["1.0", "0.0", "10.0"], ["0.0", "1.0", "10.0"]),
    "one number in two forms": (["1.0", "0", "1"], ["0", "1"]),
    "whole": (["10", "9", "2"], ["2", "9", "10"]),
}


def options_for(tmp_path: Path, labels: list[str], **options) -> RunOptions:
    rows = [f"{x:.6f},{labels[i % len(labels)]}\n" for i, x in enumerate(X[:, 0].tolist())]
    file = tmp_path / "t.csv"
    file.write_text("a,y\n" + "".join(rows))
    return RunOptions(str(file), target="y", **options)


@pytest.mark.parametrize("name", WRITTEN)
def test_classes_are_what_stands_in_a_file(tmp_path: Path, name: str):
    labels, classes = WRITTEN[name]
    data = load(options_for(tmp_path, labels, task="classification"))
    assert data.encoder.target.classes == tuple(classes)
    table = read(tmp_path / "t.csv", labels="y")
    found = [classes[i] for i in data.encoder.encode_target(table).tolist()]
    same = {"1.0": "1"} if name == "one number in two forms" else {}
    expected = [labels[i % len(labels)] for i in range(60)]
    assert found == [same.get(label, label) for label in expected]


def test_classes_of_a_parquet_file(tmp_path: Path):
    columns = {
        "large": ([BIG + i for i in range(4)], tuple(str(BIG + i) for i in range(4))),
        "unsigned": ([2**64 - 1, 2**64 - 2], (str(2**64 - 2), str(2**64 - 1))),
        "day": ([date(2024, 3, 1), date(2024, 1, 1)], ("2024-01-01", "2024-03-01")),
        "moment": (
            [datetime(2024, 3, 1, 12), datetime(2024, 1, 1)],
            ("2024-01-01 00:00:00", "2024-03-01 12:00:00"),
        ),
        "float": ([1.0, 0.0], ("0", "1")),
        "truth": ([True, False], ("false", "true")),
        "text": (["007", "7"], ("007", "7")),
        "dates in text": (["2024-03-01", "2024-01-01"], ("2024-01-01", "2024-03-01")),
    }
    for name, (values, classes) in columns.items():
        cells = [values[i % len(values)] for i in range(60)]
        dtype = pl.UInt64 if name == "unsigned" else None
        frame = pl.DataFrame({"a": X[:, 0], "y": pl.Series(cells, dtype=dtype)})
        frame.write_parquet(tmp_path / "t.parquet")
        options = RunOptions(str(tmp_path / "t.parquet"), target="y", task="classification")
        data = load(options)
        assert data.encoder.target.classes == classes, name


def test_rows_without_a_label_are_left_out_however_that_is_written(tmp_path: Path):
    for labels in (["007", "8", ""], ["2024-01-01", "2024-02-01", "NA"], ["true", "false", "nan"]):
        options = options_for(tmp_path, labels, task="classification")
        data = load(options)
        assert data.inference is not None
        assert (data.rows, data.inference.unanswered) == (40, 20)
        assert set(data.encoder.target.classes) == set(labels[:2])
        with pytest.raises(DataError, match=r"missing values in 'y' \(20\), the first in row 3"):
            load(dataclasses.replace(options, require_target=True))


def test_many_large_labels_that_float64_merges_are_quantities(tmp_path: Path):
    """26 of them, 13 as floats: the number of labels decides, not of floats."""
    data = load(options_for(tmp_path, [str(BIG + i) for i in range(26)]))
    assert data.task == "regression"


def test_numbers_with_fractions_are_regression_as_before(tmp_path: Path):
    data = load(options_for(tmp_path, [f"{x:.4f}" for x in X[:, 1]]))
    assert data.task == "regression"


def test_runs_that_began_with_numbers_as_labels_go_on(tmp_path: Path):
    """Their encoder has the class 7 for the text 007, and their fingerprint knows no texts."""
    options = options_for(tmp_path, ["007", "8"])
    plain = read(options.source)
    old = load(options)
    target = type(old.encoder.target)("y", "classification", ("7", "8"))
    encoder = type(old.encoder)(old.encoder.columns, target)
    found = reload(options, encoder, plain.fingerprint)
    np.testing.assert_array_equal(found.train.y, old.train.y)
    again = reload(options, old.encoder, old.source_fingerprint)
    np.testing.assert_array_equal(again.train.y, old.train.y)
    options_for(tmp_path, ["7", "8"])
    with pytest.raises(RunError, match="different data"):
        reload(options, old.encoder, old.source_fingerprint)


def test_quantities_keep_their_fingerprint_however_they_are_written(tmp_path: Path):
    options = options_for(tmp_path, [f"{x:.4f}0" for x in X[:, 1]])
    data = load(options)
    assert data.source_fingerprint == read(options.source).fingerprint
    np.testing.assert_array_equal(
        reload(options, data.encoder, data.source_fingerprint).train.y, data.train.y
    )


def test_labels_that_are_written_plainly_keep_their_fingerprint(tmp_path: Path):
    options = options_for(tmp_path, ["0", "1", "2"])
    assert read(options.source, labels="y").fingerprint == read(options.source).fingerprint


# arrays


def objects(*labels) -> np.ndarray:
    array = np.empty(60, object)
    array[:] = [labels[i % len(labels)] for i in range(60)]
    return array


ARRAYS = {
    "whole": (objects(10, 9, 2), ("2", "9", "10")),
    "NumPy's whole": (objects(np.int32(10), 9, np.uint8(2)), ("2", "9", "10")),
    "large": (objects(BIG, BIG + 1), (str(BIG), str(BIG + 1))),
    "very large": (objects(10**30, 10**30 + 1, 5), ("5", str(10**30), str(10**30 + 1))),
    "int64": (BIG + np.arange(60) % 4, tuple(str(BIG + i) for i in range(4))),
    "uint64": (
        np.uint64(2**64 - 1) - np.arange(60, dtype=np.uint64) % np.uint64(2),
        (str(2**64 - 2), str(2**64 - 1)),
    ),
    "floats": (objects(10.0, 9, 2.0), ("2", "9", "10")),
    "truth": (objects(True, False), ("false", "true")),
    "text": (objects("b", "a"), ("a", "b")),
    "text of digits": (objects("10", "9"), ("10", "9")),
    "dates": (objects(date(2024, 3, 1), date(2024, 1, 1)), ("2024-01-01", "2024-03-01")),
    "list": (["b", "a"] * 30, ("a", "b")),
    "datetime64": (
        np.array(["2024-03-01", "2024-01-01"] * 30, "M8[D]"),
        ("2024-01-01", "2024-03-01"),
    ),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_classes_of_arrays(name: str):
    labels, classes = ARRAYS[name]
    data = from_arrays(X, labels, task="classification")
    assert data.encoder.target.classes == classes
    found = [classes[i] for i in data.train.y.tolist()]
    flat = [str(int(v)) if isinstance(v, float) else str(v) for v in np.asarray(labels).tolist()]
    assert found == [text.lower() for text in flat]


def test_objects_that_are_whole_numbers_are_encoded_as_the_numbers_are():
    numbers = np.arange(60) % 12
    same = from_arrays(X, numbers.astype(object))
    np.testing.assert_array_equal(same.train.y, numbers)
    assert same.task == "classification"


class NAType:
    """As pandas.NA: it is neither equal to itself nor different."""

    def __eq__(self, other):
        return self

    __ne__ = __eq__
    __hash__ = None

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")


MISSING = {
    "None": objects("a", "b", None),
    "NaN": objects("a", "b", np.nan),
    "NA": objects("a", "b", NAType()),
    "NaT": objects("a", "b", np.datetime64("NaT")),
    "among numbers": objects(1, 2, None),
    "NaN among numbers": objects(1, 2, float("nan")),
    "a list": ["a", "b", float("nan")] * 20,
    "a list with None": ["a", "b", None] * 20,
    "as NumPy writes them": np.array(["a", "b", np.nan] * 20),
    "dates": np.array(["2024-01-01", "2024-02-01", "NaT"] * 20, "M8[D]"),
}


@pytest.mark.parametrize("name", MISSING)
def test_missing_labels_of_arrays_are_refused(name: str):
    with pytest.raises(DataError, match=r"a label in every row, got .* in row 2 \(20 missing"):
        cr.fit(cr.nn.mlp(3, (4,), 4), (X, MISSING[name]), epochs=1)


@pytest.mark.parametrize(
    "labels",
    [objects(1, "1"), [1, "1"] * 30, objects(1, "a"), objects(True, 1), objects(b"a", "a")],
)
def test_labels_of_several_types_are_refused(labels):
    with pytest.raises(DataError, match=r"labels of one type, got .* and .*astype\(str\)"):
        from_arrays(X, labels)


def test_masked_arrays_are_refused():
    masked = np.ma.masked_array(np.arange(60) % 2, np.arange(60) == 7)
    with pytest.raises(DataError, match="answers without missing values, got 1 masked"):
        from_arrays(X, masked)
    with pytest.raises(DataError, match="inputs without missing values, got 3 masked"):
        from_arrays(np.ma.masked_array(X, X[7] == X), np.arange(60) % 2)
    from_arrays(np.ma.masked_array(X), np.ma.masked_array(np.arange(60) % 2))


def test_class_weights_by_label():
    y = (X[:, 0] > 0).astype(int)

    def trained(weights, labels=y):
        model = cr.nn.mlp(3, (4,), 2, seed=0)
        cr.fit(model, (X, labels), class_weights=weights, epochs=2, engine="reference")
        return model.parameters()["layers.0.weight"].value

    expected = trained([1.0, 3.0])
    for keys in ((0, 1), ("0", "1"), (np.int64(0), np.uint8(1)), (0.0, 1.0)):
        np.testing.assert_array_equal(trained(dict(zip(keys, (1, 3), strict=True))), expected)
    np.testing.assert_array_equal(trained({1: 3}), expected)
    np.testing.assert_array_equal(trained({True: 3}, y == 1), expected)
    np.testing.assert_array_equal(trained(np.array([1.0, 3.0])), expected)
    with pytest.raises(UnknownNameError, match="2"):
        trained({0: 1, 2: 3})
    with pytest.raises(OptionError, match="each class once, got 1, '1'"):
        trained({1: 3, "1": 2})
    assert RunOptions(class_weights={0: 1.0, 1: 3.0}).class_weights == {"0": 1.0, "1": 3.0}


# what a model has to fit


def test_outputs_that_do_not_fit_the_classes_are_named():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(260, 4))
    cases = [
        (1, rng.integers(0, 2, 260), None, ("each of the 2 classes", "taken for (0, 1)",
         '(260, 1); give the model 2 outputs, or set loss="binary_cross_entropy"')),
        (1, rng.integers(0, 7, 260), None, ("each of the 7 classes", 'or set loss="mse"')),
        (2, rng.integers(0, 3, 260), None, ("each of the 3 classes", "2 outputs, (260, 2); give")),
        (2, rng.integers(0, 3, 260), "cross_entropy", ("the answers have (0, 1, 2)",)),
        (26, rng.integers(0, 26, 260), None, ("26 different whole numbers, taken as quantities",
         'the model 1 output, or set loss="cross_entropy"')),
        (3, x[:, 0], None, ("1 output, as many", "3 outputs, (260, 3); give the model 1")),
        (2, x[:, 0] > 0, "binary_cross_entropy", ("1 output, as many", "give the model 1")),
        (1, x[:, :3], "huber", ("3 outputs, as many", "1 output, (260, 1); give the model 3")),
    ]  # fmt: skip
    for outputs, y, loss, words in cases:
        with pytest.raises(ShapeError) as caught:
            cr.fit(cr.nn.mlp(4, (5,), outputs), (x, y), loss=loss, epochs=1, engine="reference")
        for part in words:
            assert part in str(caught.value)
        assert "\n" not in str(caught.value)


def test_the_remedies_work():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(260, 4)), rng.integers(0, 26, 260)
    options = SimpleNamespace(epochs=1, engine="reference").__dict__
    fitted = cr.fit(cr.nn.mlp(4, (5,), 26), (x, y), loss="cross_entropy", **options)
    assert fitted.report.confusion.classes == tuple(map(str, range(26)))
    cr.fit(cr.nn.mlp(4, (5,), 1), (x, y % 2), loss="binary_cross_entropy", **options)
    cr.fit(cr.nn.mlp(4, (5,), 1), (x, y % 7), loss="mse", **options)


def test_a_single_row_is_a_step_of_the_worked_example():
    """η = 0.5 on one row, as by hand: w ← w − η (out − target) out (1 − out) hidden."""
    model = cr.nn.mlp(2, (2,), 2, activation="sigmoid", seed=4)
    before = {name: tensor.value.copy() for name, tensor in model.parameters().items()}
    x, target = np.array([0.05, 0.1]), np.array([0.01, 0.99])
    options = {"loss": "half_squared_error", "optimizer": "sgd", "learning_rate": 0.5, "epochs": 1}
    cr.fit(model, ([x], [target]), **options, engine="reference")

    def layer(number: int, value):
        return before[f"layers.{number}.weight"] @ value + before[f"layers.{number}.bias"]

    hidden = 1 / (1 + np.exp(-layer(0, x)))
    error = layer(2, hidden) - target
    expected = before["layers.2.weight"] - 0.5 * np.outer(error, hidden)
    np.testing.assert_allclose(model.parameters()["layers.2.weight"].value, expected, rtol=1e-12)
    held_out = cr.fit(model, ([x] * 2, [target] * 2), **options, test_fraction=0.5)
    assert held_out.report.test is not None
