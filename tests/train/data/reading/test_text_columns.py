"""Columns of text: which are numbers, dates or categories, and what is said of those in doubt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.errors import RunError
from chainrule.train.data.load_dataset import load, prepare, reload
from chainrule.train.data.reading import text_columns
from chainrule.train.data.reading.csv_and_parquet import read_file
from chainrule.train.data.table import Table
from chainrule.train.options import RunOptions


def table_of(folder: Path, content: str, **options) -> Table:
    (folder / "t.csv").write_text(content, encoding="utf-8")
    return read_file(folder / "t.csv", **options)


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["+1", "-1", "+2"], [1, -1, 2]),
        (["+1", "2", ""], [1, 2, np.nan]),
        (["+1.5", "+007", "NA"], [1.5, 7, np.nan]),
        (["+1e3", "+.5", "-2."], [1000, 0.5, -2]),
    ],
)
def test_a_plus_sign_does_not_make_text(tmp_path: Path, cells: list[str], numbers: list[float]):
    rows = "".join(f"{cell},x\n" for cell in cells)
    column = table_of(tmp_path, f"a,b\n{rows}").columns["a"]
    assert column.kind == "number"
    np.testing.assert_array_equal(column.values, numbers)
    assert not table_of(tmp_path, f"a,b\n{rows}").notes


def test_labels_with_a_plus_sign_keep_their_names(tmp_path: Path):
    table = table_of(tmp_path, "a,y\n" + "1,+1\n2,-1\n3,+1\n4,-1\n", labels="y")
    assert table.columns["y"].labels() == ["+1", "-1", "+1", "-1"]
    assert table.columns["y"].values.tolist() == [1, -1, 1, -1]


@pytest.mark.parametrize(
    ("cells", "example"),
    [
        (["0x10", "0x20", "0x10"], "0x10"),
        (["1_000", "2_000", "1_000"], "1_000"),
        (["0b11", "", "0o17"], "0b11"),
        (['"1,5"', "2", '"-0,25"'], "-0,25"),
        (['"1,200"', '"3,400,000.5"', "7"], "1,200"),
        (["\u22125", "3", "4"], "\u22125"),
        (["5 %", "12.5%", "7%"], "12.5%"),
        (["$5", "€ 1.20", "-3 £"], "$5"),
        (["1 000", "2\u00a0000.5", "3\u202f000"], "1 000"),
        (["Infinity", "1", "2"], "Infinity"),
    ],
)
def test_a_column_of_numbers_that_are_not_read_as_such_is_noted(
    tmp_path: Path, cells: list[str], example: str
):
    rows = "".join(f"{cell},{i},{'uv'[i % 2]}\n" for i, cell in enumerate([*cells, *cells]))
    table = table_of(tmp_path, f"size,b,y\n{rows}")
    assert table.columns["size"].kind == "category"
    assert list(table.notes) == ["size"]
    note = table.notes["size"]
    assert repr(example) in note
    assert "taken as text" in note
    if "" in cells:
        return
    dataset = load(RunOptions(str(tmp_path / "t.csv"), target="y"))
    assert dataset.notes == (f"column 'size' {note}",)
    dropped = load(RunOptions(str(tmp_path / "t.csv"), target="y", drop=("size",)))
    assert dropped.notes == ()


@pytest.mark.parametrize("cells", [["red", "0x10"], ["1,2,3", "1"], ["a_b", "c"], ["5 %", "x"]])
def test_texts_are_not_noted(tmp_path: Path, cells: list[str]):
    table = table_of(tmp_path, "a;b\n" + "".join(f"{cell};1\n" for cell in cells))
    assert table.columns["a"].kind == "category"
    assert not table.notes


@pytest.mark.parametrize("cells", [["0x10", "5"], ["2026-01-02", "2026-01-03"], ["+1", "-1"]])
def test_what_is_asked_for_as_text_is_text(tmp_path: Path, cells: list[str]):
    table = table_of(tmp_path, "a,b\n" + "".join(f"{c},1\n" for c in cells), text=["a"])
    assert table.columns["a"].kind == "category"
    assert table.columns["a"].labels() == cells
    pl.DataFrame({"a": cells}).write_parquet(tmp_path / "t.parquet")
    assert read_file(tmp_path / "t.parquet", text=["a"]).columns["a"].labels() == cells


def test_texts_of_digits_in_a_parquet_file_stay_texts(tmp_path: Path):
    pl.DataFrame({"zip": ["+1", "007"]}).write_parquet(tmp_path / "t.parquet")
    table = read_file(tmp_path / "t.parquet")
    assert table.columns["zip"].labels() == ["+1", "007"]
    assert not table.notes


@pytest.mark.parametrize("short", [0, 10**9])
def test_short_and_long_columns_have_the_same_codes(tmp_path: Path, monkeypatch, short: int):
    """Texts in the order of their code points, missing cells as −1; also beyond the BMP."""
    monkeypatch.setattr(text_columns, "SHORT", short)
    cells = ["b", "é", "", "a", "\U0001f600", "\uff21", "b", "Z"]
    column = table_of(tmp_path, "a,b\n" + "".join(f"{c},1\n" for c in cells)).columns["a"]
    assert column.levels == ("Z", "a", "b", "é", "\uff21", "\U0001f600")
    assert column.values.tolist() == [2, 3, -1, 1, 5, 4, 2, 0]


def test_a_run_that_took_plus_signs_for_texts_goes_on(tmp_path: Path):
    """As versions did that read +1 as text: columns and classes are those of that time."""
    file = tmp_path / "t.csv"
    file.write_text("a,b,y\n" + "".join(f"+{i % 2},{i},{'+-'[i % 2]}1\n" for i in range(20)))
    options = RunOptions(str(file), target="y")
    then = prepare(read_file(file, text=["a", "y"], labels="y"), options)
    assert then.encoder.features == ("a=+0", "a=+1", "b")
    again = reload(options, then.encoder, then.source_fingerprint)
    assert again.fingerprint == then.fingerprint
    now = load(options)
    assert now.encoder.features == ("a", "b")
    assert reload(options, now.encoder, now.source_fingerprint).fingerprint == now.fingerprint
    file.write_text(file.read_text().replace("+0,0,", "+0,1,"))
    for one in (then, now):
        with pytest.raises(RunError, match="different data"):
            reload(options, one.encoder, one.source_fingerprint)
