"""Sources by name or path: scikit-learn's data sets, and what does not exist."""

from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

from chainrule.errors import DataError, UnknownNameError
from chainrule.train.data.reading import sklearn_datasets
from chainrule.train.data.reading.sklearn_datasets import DATA_SETS
from chainrule.train.data.reading.sources import read


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("digits", 1797, 65),
        ("iris", 150, 5),
        ("wine", 178, 14),
        ("breast-cancer", 569, 31),
        ("diabetes", 442, 11),
    ],
)
def test_data_sets_of_scikit_learn(name: str, rows: int, columns: int) -> None:
    table = read(name)
    assert (table.rows, len(table.columns), table.target) == (rows, columns, "target")
    assert table.fingerprint == read(name).fingerprint
    assert name in DATA_SETS


@pytest.mark.parametrize("name", DATA_SETS)
def test_files_are_read_as_by_scikit_learn(name: str) -> None:
    unscaled = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(sklearn.datasets, f"load_{name.replace('-', '_')}")(**unscaled)
    table = read(name)
    *inputs, target = table.columns.values()
    assert [column.name for column in inputs] == list(bunch.feature_names)
    assert np.array([column.values for column in inputs]).T.tolist() == bunch.data.tolist()
    assert target.values.tolist() == bunch.target.tolist()
    assert target.levels == tuple(map(str, getattr(bunch, "target_names", ())))


@pytest.mark.parametrize("name", DATA_SETS)
def test_a_scikit_learn_that_keeps_its_files_elsewhere(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read(name).fingerprint
    monkeypatch.setattr(sklearn_datasets, "find_spec", lambda name: None)
    assert read(name).fingerprint == expected


def test_diabetes_is_not_scaled() -> None:
    assert read("diabetes").columns["age"].values[:3].tolist() == [59, 48, 72]


def test_sources_that_do_not_exist(tmp_path: Path) -> None:
    (tmp_path / "wine-red.csv").write_text("a\n")
    with pytest.raises(UnknownNameError, match="did you mean digits"):
        read("digts")
    with pytest.raises(DataError, match=r"no file of that name; did you mean .*wine-red\.csv"):
        read(tmp_path / "wine_red.csv")
    with pytest.raises(DataError, match="there is no folder"):
        read(tmp_path / "no" / "a.csv")
    with pytest.raises(DataError, match="got a folder"):
        read(tmp_path)
    (tmp_path / "data.docx").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"a file that ends in \.csv"):
        read(tmp_path / "data.docx")


@pytest.mark.parametrize("name", ["e" * 5000, "folder/" + "e" * 5000 + ".csv", "zero\0byte.csv"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises((DataError, UnknownNameError)):
        read(name)
