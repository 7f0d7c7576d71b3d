"""Encoders are fitted to the training rows only, as scikit-learn would; tasks are inferred."""

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.data.encoding.fit_encoder import fit_target, infer_task
from chainrule.train.data.load_dataset import load, prepare
from chainrule.train.data.reading.sources import read
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import Column, Table
from chainrule.train.options import RunOptions
from train.table_cases import CLASSES, prepared, table


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_numbers_are_standardised_on_the_training_rows_only(name: str) -> None:
    data = load(RunOptions(name))
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.train.x.std(axis=0), 1, atol=1e-12)
    assert np.abs(data.test.x.mean(axis=0)).max() > 0.01
    if name == "diabetes":
        assert data.train.y.mean() == pytest.approx(0, abs=1e-12)
        assert data.train.y.std() == pytest.approx(1)
        raw = read(name).columns["target"].values
        back = data.encoder.target.decode(np.concatenate([data.train.y, data.test.y]))
        assert set(np.round(back.ravel())) <= set(raw)


def test_held_out_rows_do_not_affect_the_encoder() -> None:
    raw = read("wine")
    answers = raw.columns["target"]
    parts = split_rows(raw.rows, labels=answers.values, seed=2)
    column = raw.columns["alcohol"]
    changed = column.values.copy()
    changed[np.concatenate([parts.test, parts.validation])] += 1000
    columns = {**raw.columns, "alcohol": Column("alcohol", "number", changed)}
    settings = RunOptions("wine", seed=2, validation_fraction=0.1)
    one, two = prepare(raw, settings), prepare(Table("wine", columns, "target"), settings)
    assert one.encoder == two.encoder
    assert one.source_fingerprint != two.source_fingerprint
    assert one.fingerprint != two.fingerprint


def test_pixels_share_one_scale() -> None:
    data = load(RunOptions("digits"))
    scales = {column.scale for column in data.encoder.columns}
    assert len(scales) == 1
    np.testing.assert_allclose(data.train.x.mean(axis=0), 0, atol=1e-12)
    assert data.train.x.var(axis=0).mean() == pytest.approx(1)


def test_categories_booleans_and_constants() -> None:
    raw_table = table(y=CLASSES, sky=["grey", "clear", "rain", None] * 10, same=[7.0] * 40)
    flag = Column("flag", "boolean", np.tile([0.0, 1.0, 1.0, np.nan], 10))
    raw_table = Table("made", {**raw_table.columns, "flag": flag})
    data = prepared(raw_table, impute="most-frequent")
    assert data.encoder.features == ("sky=clear", "sky=grey", "sky=rain", "same", "flag")
    x = data.encoder.encode(raw_table)
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
    raw_table = table(y=["a", "b"] * 30, **{f"c{i}": raw[:, i] for i in range(3)})
    raw_table = Table(
        "made", {k: Column(k, c.kind, c.values, c.levels) for k, c in raw_table.columns.items()}
    )
    data = prepared(raw_table, impute=impute, seed=4)
    rows = split_rows(60, labels=raw_table.columns["y"].values, seed=4)
    imputer = SimpleImputer(strategy=impute.replace("-", "_")).fit(raw[rows.train])
    scaler = StandardScaler().fit(imputer.transform(raw[rows.train]))
    expected = scaler.transform(imputer.transform(raw))
    np.testing.assert_allclose(data.train.x, expected[rows.train], atol=1e-12)
    np.testing.assert_allclose(data.test.x, expected[rows.test], atol=1e-12)


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


def test_moments_are_refused_as_quantities_by_their_text() -> None:
    column = Column("y", "date", np.tile([0.25, 1.0, -25536.0], 9))
    words = "got date values such as '1900-02-01', '1970-01-01 06:00:00', '1970-01-02'"
    with pytest.raises(DataError, match=words):
        fit_target(column, np.arange(27), "regression")
