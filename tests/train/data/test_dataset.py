"""From a source to encoded parts: what is fitted to which rows, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import DataError, OptionError, RunError, UnknownNameError
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.encoder import Encoder
from chainrule.train.data.fit_encoder import infer_task
from chainrule.train.data.load_dataset import DataSettings, load, prepare, reload
from chainrule.train.data.sklearn_datasets import DATA_SETS
from chainrule.train.data.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import Column, Table


def table(**columns: object) -> Table:
    made = {}
    for name, entries in columns.items():
        cells = list(entries)  # type: ignore[call-overload]
        if any(isinstance(cell, str) for cell in cells):
            levels = tuple(sorted({cell for cell in cells if cell is not None}))
            codes = np.array([-1 if cell is None else levels.index(cell) for cell in cells])
            made[name] = Column(name, "category", codes, levels)
        else:
            numbers = np.array([np.nan if cell is None else cell for cell in cells], float)
            made[name] = Column(name, "number", numbers)
    return Table("made", made)


def prepared(made: Table, **options: object) -> Dataset:
    return prepare(made, DataSettings("made", target="y", **options))  # type: ignore[arg-type]


CLASSES = ["no", "yes"] * 20


@pytest.mark.parametrize("name", DATA_SETS)
def test_shipped(name: str) -> None:
    data = load(DataSettings(name, seed=5))
    assert data.task == ("regression" if name == "diabetes" else "classification")
    assert len(data.test) == np.ceil(0.2 * data.rows)
    assert len(data.validation) == np.ceil(0.1 * (data.rows - len(data.test)))
    assert data.train.x.dtype == np.float64
    assert len(data.encoder.features) == data.inputs
    if name == "diabetes":
        assert data.train.y.shape == (len(data.train), 1)
    else:
        assert data.train.y.dtype == np.int64
        assert set(data.train.y.tolist()) == set(range(data.outputs))


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_numbers_are_standardised_on_the_training_rows_only(name: str) -> None:
    data = load(DataSettings(name))
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train.x.std(axis=0), 1, atol=1e-12)
    assert np.abs(data.test.x.mean(axis=0)).max() > 0.01
    if name == "diabetes":
        assert data.train.y.mean() == pytest.approx(0, abs=1e-12)
        assert data.train.y.std() == pytest.approx(1)
        raw = read(name).columns["target"].values
        back = data.encoder.target.decode(np.concatenate([data.train.y, data.test.y]))
        assert set(np.round(back.ravel())) <= set(raw)


def test_held_out_rows_do_not_touch_the_encoder() -> None:
    raw = read("wine")
    answers = raw.columns["target"]
    parts = split_rows(raw.rows, labels=answers.values, seed=2)
    column = raw.columns["alcohol"]
    changed = column.values.copy()
    changed[np.concatenate([parts.test, parts.validation])] += 1000
    columns = {**raw.columns, "alcohol": Column("alcohol", "number", changed)}
    settings = DataSettings("wine", seed=2)
    one, two = prepare(raw, settings), prepare(Table("wine", columns, "target"), settings)
    assert one.encoder == two.encoder
    assert one.source_fingerprint != two.source_fingerprint
    assert one.fingerprint != two.fingerprint


def test_pixels_share_one_scale() -> None:
    data = load(DataSettings("digits"))
    scales = {column.scale for column in data.encoder.columns}
    assert len(scales) == 1
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-12)
    assert data.train.x.var(axis=0).mean() == pytest.approx(1)


def test_categories_booleans_and_constants() -> None:
    made = table(y=CLASSES, sky=["grey", "clear", "rain", None] * 10, same=[7.0] * 40)
    flag = Column("flag", "boolean", np.tile([0.0, 1.0, 1.0, np.nan], 10))
    made = Table("made", {**made.columns, "flag": flag})
    data = prepared(made, impute="most-frequent")
    assert data.encoder.features == ("sky=clear", "sky=grey", "sky=rain", "same", "flag")
    x = data.encoder.encode(made)
    assert set(map(tuple, x[:, :3].tolist())) <= {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert (x[0, :3].tolist(), x[1, :3].tolist()) == ([0, 1, 0], [1, 0, 0])
    assert (x[:, 3] == 0).all()
    assert x[:4, 4].tolist() == [0, 1, 1, 1]


@pytest.mark.parametrize("impute", ["mean", "most-frequent"])
def test_imputed_as_scikit_learn_does(impute: str) -> None:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(0)
    raw = rng.integers(0, 5, size=(60, 3)).astype(float)
    raw[rng.random(raw.shape) < 0.2] = np.nan
    made = table(y=["a", "b"] * 30, **{f"c{i}": raw[:, i] for i in range(3)})
    made = Table(
        "made", {k: Column(k, c.kind, c.values, c.levels) for k, c in made.columns.items()}
    )
    data = prepared(made, impute=impute, seed=4)
    rows = split_rows(60, labels=made.columns["y"].values, seed=4)
    imputer = SimpleImputer(strategy=impute.replace("-", "_")).fit(raw[rows.train])
    scaler = StandardScaler().fit(imputer.transform(raw[rows.train]))
    expected = scaler.transform(imputer.transform(raw))
    np.testing.assert_allclose(data.train.x, expected[rows.train], atol=1e-12)
    np.testing.assert_allclose(data.test.x, expected[rows.test], atol=1e-12)


def test_missing_values_are_refused_and_counted() -> None:
    made = table(y=CLASSES, a=[None, 1, 2, None] * 10, b=range(40), c=["u", "v", "w", None] * 10)
    with pytest.raises(DataError, match=r"'a' \(20\), 'c' \(10\), the first in row 1.*--impute"):
        prepared(made)


@pytest.mark.parametrize(
    ("column", "task"),
    [
        (Column("y", "category", np.array([0, 1]), ("a", "b")), "classification"),
        (Column("y", "boolean", np.array([0.0, 1.0])), "classification"),
        (Column("y", "number", np.tile(np.arange(20.0), 2)), "classification"),
        (Column("y", "number", np.tile(np.arange(21.0), 20)), "regression"),
        (Column("y", "number", np.arange(10.0)), "regression"),
        (Column("y", "number", np.tile([0.5, 1.0], 9)), "regression"),
        (Column("y", "date", np.tile([0.25, 1.0], 9)), "regression"),
    ],
)
def test_the_task_is_inferred(column: Column, task: str) -> None:
    assert infer_task(column) == task


def test_the_task_can_be_given() -> None:
    made = table(y=[1, 2, 3, 4] * 10, a=range(40))
    assert prepared(made).task == "classification"
    assert prepared(made).encoder.target.classes == ("1", "2", "3", "4")
    data = prepared(made, task="regression")
    assert (data.task, data.train.y.shape[1], data.encoder.target.classes) == ("regression", 1, ())
    with pytest.raises(UnknownNameError, match="did you mean regression"):
        DataSettings("made", task="regresion")  # type: ignore[arg-type]


A = list(range(40))
REFUSED = {
    "one class": (table(y=["a"] * 40, a=A), {}, DataError, "two classes or more, got only 'a'"),
    "one class, as numbers": (table(y=[3] * 40, a=A), {}, DataError, "got only '3'"),
    "constant": (table(y=[0.5] * 40, a=A), {}, DataError, "numbers that vary, got 0.5"),
    "rare class": (
        table(y=["a"] * 20 + ["b"] * 19 + ["c"], a=A),
        {},
        DataError,
        r"too few of class 'c' \(1\)",
    ),
    "too few rows": (table(y=[0.5, 1.5], a=[1, 2]), {}, DataError, "enough rows"),
    "target has holes": (
        table(y=[*CLASSES[:39], None], a=A),
        {"impute": "mean"},
        DataError,
        r"'y' \(1\), the first in row 40",
    ),
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
    "empty column": (
        table(y=CLASSES, a=[None] * 40, b=A),
        {"impute": "mean"},
        DataError,
        "column 'a': expected at least one value",
    ),
    "free text": (
        table(y=CLASSES * 3, a=[f"name {i}" for i in range(120)]),
        {},
        DataError,
        "categories that recur, got .* different texts",
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
def test_refused(case: str) -> None:
    made, options, error, message = REFUSED[case]
    with pytest.raises(error, match=message) as caught:
        prepared(made, **options)
    assert "\n" not in str(caught.value)


def test_no_target_named() -> None:
    with pytest.raises(
        OptionError, match=r"a target column \(a, y\), got none named; add --target"
    ):
        prepare(table(a=A, y=CLASSES), DataSettings("made"))


def test_held_out_value_beyond_float32() -> None:
    values = np.arange(40.0)
    rows = split_rows(40, labels=np.tile([0, 1], 20))
    values[rows.test[0]] = 1e300
    made = table(y=CLASSES, a=values)
    assert np.isfinite(prepared(made).test.x).all()
    with pytest.raises(DataError, match="finite as float32"):
        prepare(made, DataSettings("made", target="y"), dtype=np.float32)


def test_seeds_move_the_split_and_nothing_else_does() -> None:
    one, same, other = (load(DataSettings("iris", seed=seed)) for seed in (1, 1, 2))
    assert one.fingerprint == same.fingerprint
    assert one.fingerprint != other.fingerprint
    assert one.source_fingerprint == other.source_fingerprint


def test_reload_gives_the_same_bits_and_notices_other_data(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = [f"{rng.normal()},{'uvw'[i % 3]},{rng.normal()}" for i in range(60)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["n,c,y", *lines]))
    wanted = DataSettings(str(path), target="y", seed=3)
    data = load(wanted)
    encoder = Encoder.from_dict(data.encoder.to_dict())
    again = reload(DataSettings.from_dict(wanted.to_dict()), encoder, data.source_fingerprint)
    assert again.fingerprint == data.fingerprint
    path.write_text("\n".join(["n,c,y", *lines[:-1], "0,u,0"]))
    with pytest.raises(RunError, match="expected the data this run began with"):
        reload(wanted, encoder, data.source_fingerprint)
    with pytest.raises(RunError, match="data settings"):
        DataSettings.from_dict({"sauce": "digits"})


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**9), st.integers(20, 60))
def test_parts_are_the_encoded_table(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    made = table(y=rng.normal(size=rows), a=rng.normal(size=rows), b=rng.choice(["u", "v"], rows))
    data = prepared(made, seed=seed, drop=("b",) if seed % 2 else ())
    parts = (data.train, data.validation, data.test)
    x = np.concatenate([part.x for part in parts])
    y = np.concatenate([part.y for part in parts])
    order = np.lexsort(np.column_stack([x, y]).T)
    whole = np.column_stack([data.encoder.encode(made), data.encoder.encode_target(made)])
    np.testing.assert_array_equal(np.column_stack([x, y])[order], whole[np.lexsort(whole.T)])
