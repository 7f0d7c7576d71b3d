"""From a source to encoded parts: what is split and checked, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import DataError, OptionError, RunError, UnknownNameError
from chainrule.train.data.encoding.column_coder import ColumnCoder
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.load_dataset import load, prepare, read_source, reload
from chainrule.train.data.reading.sklearn_datasets import DATA_SETS
from chainrule.train.data.splits import split_rows
from chainrule.train.options import RunOptions
from train.table_cases import CLASSES, prepared, table

A = list(range(40))


@pytest.mark.parametrize("name", DATA_SETS)
def test_data_sets_of_scikit_learn(name: str) -> None:
    data = load(RunOptions(name, seed=5))
    assert data.task == ("regression" if name == "diabetes" else "classification")
    assert len(data.test) == np.ceil(0.2 * data.rows)
    left = data.rows - len(data.test)
    assert len(data.validation) == (np.ceil(0.1 * left) if left >= 400 else 0)
    assert data.train.x.dtype == np.float64
    assert len(data.encoder.features) == data.inputs
    if name == "diabetes":
        assert data.train.y.shape == (len(data.train), 1)
    else:
        assert data.train.y.dtype == np.int64
        assert set(data.train.y.tolist()) == set(range(data.outputs))


def test_missing_values_become_the_median_and_an_input_says_where() -> None:
    raw = table(y=CLASSES, a=[None, 1, 2, None] * 10, b=range(40), c=["u", "v", "w", None] * 10)
    data = prepared(raw)
    a, b, c = data.encoder.columns
    assert data.encoder.features == ("a", "a is missing", "b", "c=u", "c=v", "c=w", "c is missing")
    x = data.encoder.encode(raw)
    rows = np.arange(40)
    np.testing.assert_array_equal(x[:, 1], np.isin(rows % 4, (0, 3)))
    np.testing.assert_array_equal(x[:, 6], rows % 4 == 3)
    np.testing.assert_array_equal(x[rows % 4 == 3, 3:6], 0)
    train = split_rows(40, labels=np.tile([0, 1], 20)).train
    assert a.fill == np.nanmedian(raw.columns["a"].values[train])
    assert (b.fill, b.indicator, c.fill, c.indicator) == (None, False, None, True)
    with pytest.raises(DataError, match="train with --impute"):
        data.encoder.encode(table(a=[1, 2], b=[None, 1], c=["u", "v"]))


def test_what_to_fill_in_can_be_said() -> None:
    raw = table(y=CLASSES, a=[None, 1, 2, None] * 10, c=["u", "v", "w", None] * 10)
    for impute in ("mean", "median", "most-frequent"):
        data = prepared(raw, impute=impute)
        assert data.encoder.features == ("a", "c=u", "c=v", "c=w")


def test_rows_without_an_answer_are_left_out() -> None:
    raw = table(y=[*CLASSES[:37], None, None, None], a=A)
    data = prepared(raw)
    assert data.inference is not None
    assert (data.rows, data.inference.unanswered) == (37, 3)
    whole = table(y=CLASSES[:37], a=A[:37])
    assert prepared(whole).fingerprint == data.fingerprint
    with pytest.raises(DataError, match=r"missing values in 'y' \(3\), the first in row 38"):
        prepared(raw, require_target=True)


def test_a_class_of_one_row_stays_in_training() -> None:
    raw = table(y=["a"] * 20 + ["b"] * 19 + ["c"], a=A)
    data = prepared(raw)
    assert data.inference is not None
    assert data.inference.rare == {"c": 1}
    assert 2 in data.train.y
    assert 2 not in data.test.y
    assert 2 not in data.validation.y
    common = prepared(table(y=["a"] * 20 + ["b"] * 19, a=A[:39]))
    assert (len(data.test), len(data.validation)) == (len(common.test), len(common.validation))


def test_columns_that_say_nothing_are_left_out() -> None:
    raw = table(y=CLASSES * 3, a=[f"name {i}" for i in range(120)], b=[None] * 120, c=range(120))
    data = prepared(raw)
    assert data.inference is not None
    assert data.encoder.features == ("c",)
    assert set(data.inference.left_out) == {"a", "b"}
    hashed = prepared(raw, text_columns="hashed").encoder
    assert [column.name for column in hashed.columns] == ["a", "c"]
    assert hashed.columns[0].buckets == len(hashed.features) - 1
    forced = prepared(raw, categorical=("a",)).encoder.columns
    assert [column.name for column in forced] == ["a", "c"]


def test_the_task_can_be_given() -> None:
    raw = table(y=[1, 2, 3, 4] * 10, a=range(40))
    assert prepared(raw).task == "classification"
    assert prepared(raw).encoder.target.classes == ("1", "2", "3", "4")
    data = prepared(raw, task="regression")
    assert (data.task, data.train.y.shape[1], data.encoder.target.classes) == ("regression", 1, ())
    with pytest.raises(UnknownNameError, match="did you mean regression"):
        RunOptions("made", task="regresion")  # type: ignore[arg-type]


REFUSED = {
    "one class": (table(y=["a"] * 40, a=A), {}, DataError, "two classes or more, got only 'a'"),
    "one class, as numbers": (table(y=[3] * 40, a=A), {}, DataError, "got only '3'"),
    "constant": (table(y=[0.5] * 40, a=A), {}, DataError, "numbers that vary, got 0.5"),
    "rare classes": (
        table(y=["a"] * 10 + [f"c{i}" for i in range(30)], a=A),
        {},
        DataError,
        r"too few of class 'c0' \(1\)",
    ),
    "too few rows": (table(y=[0.5, 1.5], a=[1, 2]), {}, DataError, "enough rows"),
    "target is empty": (table(y=[None] * 40, a=A), {}, DataError, "'y': expected values, got none"),
    "text in regression": (
        table(y=CLASSES, a=A),
        {"task": "regression"},
        DataError,
        "numbers, for regression, got category values such as 'no'",
    ),
    "infinite": (
        table(y=CLASSES, a=[*A[:38], np.inf, -np.inf]),
        {},
        DataError,
        r"got inf in column 'a', row 39 \(2 non-finite",
    ),
    "infinite target": (
        table(y=[*np.linspace(0, 1, 39), np.inf], a=A),
        {},
        DataError,
        "got inf in column 'y', row 40",
    ),
    "empty column": (table(y=CLASSES, a=[None] * 40), {}, DataError, r"only 'a' \(no values\)"),
    "free text": (
        table(y=CLASSES * 3, a=[f"name {i}" for i in range(120)]),
        {},
        DataError,
        r"categories that recur, got .* different ones .*; add --text-columns hashed",
    ),
    "too large": (
        table(y=CLASSES, a=[1e300, -1e300] * 20),
        {},
        DataError,
        "column 'a': expected numbers whose squares are finite",
    ),
    "no inputs": (table(y=CLASSES), {}, OptionError, "got none left"),
    "all dropped": (table(y=CLASSES, a=A), {"drop": ("a",)}, OptionError, "got none left"),
    "target dropped": (table(y=CLASSES, a=A), {"drop": ("y",)}, OptionError, "got none left"),
    "nothing to drop": (
        table(y=CLASSES, aa=A),
        {"drop": ("aaa",)},
        UnknownNameError,
        "dropped column of made.*did you mean aa",
    ),
    "unknown target": (
        table(yy=CLASSES, a=A),
        {},
        UnknownNameError,
        "target column of made: expected one of yy, a, got 'y'; did you mean yy",
    ),
    "a fraction": (table(y=CLASSES, a=A), {"test_fraction": 1.5}, OptionError, "test fraction"),
    "a seed": (table(y=CLASSES, a=A), {"seed": -1}, OptionError, "seed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_data_that_are_refused(case: str) -> None:
    raw, options, error, message = REFUSED[case]
    with pytest.raises(error, match=message) as caught:
        prepared(raw, **options)
    assert "\n" not in str(caught.value)


def test_a_target_must_be_named() -> None:
    with pytest.raises(
        OptionError, match=r"a target column \(a, y\), got none named; add --target"
    ):
        prepare(table(a=A, y=CLASSES), RunOptions("made"))


def test_held_out_value_beyond_float32() -> None:
    values = np.arange(40.0)
    rows = split_rows(40, labels=np.tile([0, 1], 20))
    values[rows.test[0]] = 1e300
    raw = table(y=CLASSES, a=values)
    assert np.isfinite(prepared(raw).test.x).all()
    with pytest.raises(DataError, match="finite as float32"):
        prepare(raw, RunOptions("made", target="y"), dtype=np.float32)


def test_only_the_split_depends_on_the_seed() -> None:
    one, same, other = (load(RunOptions("iris", seed=seed)) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint
    assert one.source_fingerprint == other.source_fingerprint


def test_reload_gives_the_same_bits_and_notices_other_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = [f"{rng.normal()},{'uvw'[i % 3]},{rng.normal()}" for i in range(60)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["n,c,y", *lines]))
    wanted = RunOptions(str(path), target="y", seed=3)
    data = load(wanted)
    encoder = Encoder.from_dict(data.encoder.to_dict())
    again = reload(RunOptions.from_tables(wanted.to_tables()), encoder, data.source_fingerprint)
    assert again.fingerprint == data.fingerprint
    path.write_text("\n".join(["n,c,y", *lines[:-1], "0,u,0"]))
    with pytest.raises(RunError, match="expected the data this run began with"):
        reload(wanted, encoder, data.source_fingerprint)
    with pytest.raises(RunError, match="data settings"):
        RunOptions.from_tables({"data": {"sauce": "digits"}, "training": {}})


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**9), st.integers(20, 60))
def test_parts_are_the_encoded_table(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    raw = table(y=rng.normal(size=rows), a=rng.normal(size=rows), b=rng.choice(["u", "v"], rows))
    data = prepared(raw, seed=seed, drop=("b",) if seed % 2 else ())
    parts = (data.train, data.validation, data.test)
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts])
    order = np.lexsort(np.column_stack([x, y]).T)
    whole = np.column_stack([data.encoder.encode(raw), data.encoder.encode_target(raw)])
    np.testing.assert_array_equal(np.column_stack([x, y])[order], whole[np.lexsort(whole.T)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_table_that_is_let_go_while_it_is_encoded_gives_the_same_bits(
    task, dtype, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    rows = 900
    days = np.datetime64("2024-01-01") + rng.integers(400, size=rows)
    cells = {
        "y": rng.integers(3, size=rows) if task == "classification" else rng.normal(size=rows),
        "number": rng.normal(size=rows) * 1e6,
        "holes": np.where(rng.random(rows) < 0.1, "", rng.integers(9, size=rows).astype(str)),
        "few": rng.choice(["red", "green", "blue"], rows),
        "many": [f"town {i}" for i in rng.integers(120, size=rows)],
        "day": days.astype(str),
        "flag": rng.choice(["true", "false"], rows),
    }
    lines = [
        ",".join(cells),
        *(",".join(map(str, row)) for row in zip(*cells.values(), strict=True)),
    ]
    lines[5] = "," + lines[5].partition(",")[2]  # without an answer
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines))
    options = RunOptions(str(path), target="y", task=task, time="day", time_input=True)
    found = load(options, dtype=dtype)
    kept = read_source(options)
    expected = prepare(kept, options, dtype=dtype)
    assert len(kept.columns) == len(cells)
    assert found.encoder == expected.encoder
    assert found.inference == expected.inference
    for part in ("train", "validation", "test"):
        one, other = getattr(found, part), getattr(expected, part)
        assert one.x.dtype == dtype
        assert one.x.flags.c_contiguous
        np.testing.assert_array_equal(one.x, other.x)
        np.testing.assert_array_equal(one.y, other.y)
    assert found.fingerprint == expected.fingerprint
    assert found.source_fingerprint == expected.source_fingerprint


def test_an_encoder_lets_go_of_each_column_it_has_encoded() -> None:
    raw = table(a=[1, 2, 3, 4], other=[0, 0, 1, 1], b=["u", "v", "v", "u"])
    numbers = ColumnCoder("a", "number", mean=2.0, scale=0.5)
    encoder = Encoder(
        (numbers, ColumnCoder("b", "category", categories=("u", "v"))),
        TargetCoder("y", "classification", ("no", "yes")),
    )
    one, none = encoder.encode_parts(raw, [np.array([3, 0]), np.array([], int)], np.float32)
    np.testing.assert_array_equal(one, [[4, 1, 0], [-2, 1, 0]])
    assert none.shape == (0, 3)
    assert list(raw.columns) == ["other"]


@pytest.mark.parametrize(
    ("cell", "remedy"),
    [("x{}".format, "add rows, or choose another target"), ("{}".format, "--task regression")],
)
def test_classes_of_one_row_each_are_predicted_as_numbers_only_if_they_are(tmp_path, cell, remedy):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{i % 7},{cell(i)}\n" for i in range(40)))
    with pytest.raises(DataError, match=f"{remedy}$"):
        load(RunOptions(str(path), target="y", task="classification"))
