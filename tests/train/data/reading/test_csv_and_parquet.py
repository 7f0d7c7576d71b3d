"""Reading CSV and Parquet files, and every way in which a file can be wrong."""

import csv
import datetime as dt
import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import ChainruleError, DataError
from chainrule.train.data.reading.sources import read
from chainrule.train.data.table import Table


def table_of(
    folder: Path, content: str | bytes, name: str = "data.csv", **options: object
) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, **options)  # type: ignore[arg-type]


def values(table: Table, name: str) -> list:
    return table.columns[name].values.tolist()


def test_column_kinds_are_inferred(tmp_path: Path) -> None:
    table = table_of(
        tmp_path,
        "whole, real ,flag,word,day,moment,empty\n"
        "1, 0.5,True,red,2026-01-02,2026-01-02T06:00:00Z,\n"
        "-2,1e3 ,false, blue ,1970-01-01,1970-01-02 12:00,NA\n"
        "NA,nan,,NA,,,\n",
    )
    kinds = {name: column.kind for name, column in table.columns.items()}
    assert kinds == {
        "whole": "number",
        "real": "number",
        "flag": "boolean",
        "word": "category",
        "day": "date",
        "moment": "date",
        "empty": "number",
    }
    assert values(table, "whole")[:2] == [1, -2]
    assert values(table, "real")[:2] == [0.5, 1000]
    assert values(table, "flag")[:2] == [1, 0]
    assert table.columns["word"].labels() == ["red", "blue", None]
    assert table.columns["word"].levels == ("blue", "red")
    days = (dt.date(2026, 1, 2) - dt.date(1970, 1, 1)).days
    assert values(table, "day")[:2] == [days, 0]
    assert values(table, "moment")[:2] == [days + 0.25, 1.5]
    for column in table.columns.values():
        assert column.missing[2]
    assert table.columns["empty"].missing.all()


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    text = "a,b\n1,x\n2,y\n".replace(",", separator)
    table = table_of(tmp_path, text)
    assert list(table.columns) == ["a", "b"]
    assert values(table, "a") == [1, 2]
    assert list(table_of(tmp_path, "a\tb,c\n1\t2\n", "t.tsv").columns) == ["a", "b,c"]


def test_byte_order_mark_quotes_blank_lines_and_crlf(tmp_path: Path) -> None:
    content = '\ufeff"a","b, c"\r\n\r\n1,"x ""y"""\r\n\r\n2,"two\r\nlines"\r\n\r\n'
    table = table_of(tmp_path, content)
    assert list(table.columns) == ["a", "b, c"]
    assert table.columns["b, c"].labels() == ['x "y"', "two\r\nlines"]
    assert table.rows == 2


def test_columns_that_stay_text(tmp_path: Path) -> None:
    table = table_of(tmp_path, "code,n\n007,1\n010,2\n", text=["code", "absent"])
    assert table.columns["code"].labels() == ["007", "010"]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(cells, st.integers(-(2**40), 2**40)), min_size=1, max_size=8))
def test_any_text_is_read_unchanged(tmp_path_factory: pytest.TempPathFactory, rows: list) -> None:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["word", "n", "last"])
    writer.writerows([word, n, "z"] for word, n in rows)
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(out.getvalue().encode())
    table = read(path, text=["word"])
    assert values(table, "n") == [n for _, n in rows]
    missing = {"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "-nan", "NULL", "null"}
    expected = [None if word.strip() in missing else word.strip() for word, _ in rows]
    assert table.columns["word"].labels() == expected


def test_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "n": [1, None, 3],
            "x": [0.5, float("nan"), None],
            "flag": [True, None, False],
            "word": pl.Series(["b", None, "a"], dtype=pl.Categorical),
            "day": [dt.date(1970, 1, 3), None, dt.date(1970, 1, 1)],
            "moment": [dt.datetime(1970, 1, 1, 12), None, None],
            "nothing": [None, None, None],
        }
    )
    frame.write_parquet(tmp_path / "data.parquet")
    table = read(tmp_path / "data.parquet")
    kinds = [column.kind for column in table.columns.values()]
    assert kinds == ["number", "number", "boolean", "category", "date", "date", "number"]
    np.testing.assert_array_equal(values(table, "n"), [1, np.nan, 3])
    np.testing.assert_array_equal(values(table, "x"), [0.5, np.nan, np.nan])
    np.testing.assert_array_equal(values(table, "flag"), [1, np.nan, 0])
    assert table.columns["word"].labels() == ["b", None, "a"]
    np.testing.assert_array_equal(values(table, "day"), [2, np.nan, 0])
    np.testing.assert_array_equal(values(table, "moment"), [0.5, np.nan, np.nan])
    assert table.columns["nothing"].missing.all()


def test_moments_are_the_same_numbers_in_text_and_in_types(tmp_path: Path) -> None:
    micros = np.random.default_rng(0).integers(10**15, 2 * 10**15, 500)
    frame = pl.DataFrame({"a": pl.Series(micros).cast(pl.Datetime("us"))})
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")
    expected = micros / 86_400e6
    for name in ("t.parquet", "t.csv"):
        np.testing.assert_array_equal(values(read(tmp_path / name), "a"), expected, name)
    form = "%d.%m.%Y %H:%M:%S%.f"
    frame.select(pl.col("a").dt.strftime(form)).write_csv(tmp_path / "t.csv")
    np.testing.assert_array_equal(values(read(tmp_path / "t.csv"), "a"), expected)


def test_whole_numbers_of_128_bits(tmp_path: Path) -> None:
    text = table_of(tmp_path, f"a,b\n{10**30},1\n,2\n-3,3\n")
    for dtype in (pl.Int128, pl.UInt128):
        frame = pl.DataFrame({"a": pl.Series([10**30, None, 3], dtype=dtype)})
        frame.write_parquet(tmp_path / "data.parquet")
        table = read(tmp_path / "data.parquet")
        np.testing.assert_array_equal(values(table, "a"), [1e30, np.nan, 3])
    np.testing.assert_array_equal(values(text, "a"), [1e30, np.nan, -3])
    with pytest.raises(DataError, match=r"a whole number of up to 38 digits") as caught:
        table_of(tmp_path, f"a,b\n{10**40},1\n")
    assert "\n" not in str(caught.value)


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    one = table_of(tmp_path, "a,b\n1,x\n2,y\n", "one.csv")
    same = table_of(tmp_path, "a;b\n1.0;x\n\n2;y", "same.csv")
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    frame.write_parquet(tmp_path / "one.parquet")
    prints = [one.fingerprint, same.fingerprint, read(tmp_path / "one.parquet").fingerprint]
    assert len(set(prints)) == 1
    for other in ("a,b\n1,x\n2,x\n", "a,c\n1,x\n2,y\n", "a,b\n1,x\n2.5,y\n", "a,b\n2,y\n1,x\n"):
        assert table_of(tmp_path, other, "other.csv").fingerprint != prints[0]


WRONG = {
    "empty file": ("", "an empty file"),
    "blank file": ("\n \n", "an empty file"),
    "header only": ("a,b\n", r"expected rows of data, got column names only \(a, b\)"),
    "long row": ("a,b\n1,2\n3,4,5\n", "expected 2 cells in every line.*got 3 in line 3"),
    "short row": ("a,b\n1,2\n\n3\n", "got 1 in line 4"),
    "open quote": ('a,b\n1,2\n3,"4\n5,6\n', "unexpected end of data in line 3"),
    "no header": ("1,2\n3,4\n", r"expected column names in the first line, got numbers \(1, 2\)"),
    "binary": (b"a,b\n1,\x00\n", "binary content"),
}


@pytest.mark.parametrize("case", WRONG)
def test_files_that_cannot_be_read(tmp_path: Path, case: str) -> None:
    content, message = WRONG[case]
    with pytest.raises(DataError, match=message) as caught:
        table_of(tmp_path, content)
    one_line(caught.value)


def one_line(error: ChainruleError) -> None:
    text = str(error)
    assert "\n" not in text
    assert error.expected
    assert error.got
    assert error.remedy


@pytest.mark.parametrize("content", [b"junk", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_files_that_are_not_parquet(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="no Parquet in it") as caught:
        table_of(tmp_path, content, "data.parquet")
    one_line(caught.value)


def test_truncated_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"a": list(range(1000))}).write_parquet(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    with pytest.raises(DataError, match="no Parquet in it"):
        table_of(tmp_path, content[:-20], "b.parquet")


def test_unsupported_column_types(tmp_path: Path) -> None:
    pl.DataFrame({"a": [[1], [2]]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=r"'a' of type List\(Int64\)"):
        read(tmp_path / "a.parquet")
