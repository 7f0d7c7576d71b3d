"""Data files that are damaged, too large, no files, or written in another way than people do."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.errors import DataError, OptionError
from chainrule.train.data.reading.memory_limit import parse_size
from chainrule.train.data.reading.read_file import read_file
from chainrule.train.data.reading.sources import read

CASES = Path(__file__).parents[3] / "cases" / "hostile"


@pytest.mark.parametrize("name", ["panic", "abort"])
def test_a_file_that_ends_its_reader(name):
    with pytest.raises(DataError, match=r"^[^\n]*expected [^\n]*$"):
        read_file(CASES / f"{name}.parquet")


def test_a_small_file_of_a_large_table(tmp_path):
    file = tmp_path / "large.parquet"
    pl.DataFrame({"a": pl.repeat(1.0, 30_000_000, eager=True)}).write_parquet(file)
    assert file.stat().st_size < 1e6
    with pytest.raises(DataError, match=r"about 480 MB; .* allow more with --memory"):
        read_file(file, memory=100_000_000)
    assert read_file(file, memory=1_000_000_000).rows == 30_000_000


def test_a_large_text(tmp_path):
    file = tmp_path / "large.csv"
    file.write_text("a,b\n" + "1,2\n" * 1000)
    assert read_file(file, memory=100_000).rows == 1000
    with pytest.raises(DataError, match="--memory"):
        read_file(file, memory=10_000)


def test_types_survive_the_other_process(tmp_path):
    from datetime import date

    frame = pl.DataFrame(
        {
            "f": [1.5, None, float("nan")],
            "i": [1, None, 3],
            "u": pl.Series([1, 2, 2**40], dtype=pl.UInt64),
            "b": [True, None, False],
            "s": ["x", None, "é\0"],
            "d": [date(1970, 1, 2), None, date(1969, 12, 31)],
            "c": pl.Series(["p", "q", None], dtype=pl.Categorical),
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    columns = read_file(tmp_path / "t.parquet").columns
    nan = np.nan
    np.testing.assert_array_equal(columns["f"].values, [1.5, nan, nan])
    np.testing.assert_array_equal(columns["i"].values, [1, nan, 3])
    np.testing.assert_array_equal(columns["u"].values, [1, 2, 2**40])
    np.testing.assert_array_equal(columns["b"].values, [1, nan, 0])
    np.testing.assert_array_equal(columns["d"].values, [1, nan, -1])
    assert columns["s"].labels() == ["x", None, "é\0"]
    assert columns["c"].labels() == ["p", "q", None]


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
@pytest.mark.parametrize("name", ["data.csv", "data.parquet", "data"])
def test_a_pipe_is_refused_at_once(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError, match="a pipe or a device"):
        read(tmp_path / name)
    if name != "data":
        with pytest.raises(DataError, match="no regular file"):
            read_file(tmp_path / name)


@pytest.mark.parametrize("cell", ["0x10", "1_000", "0b11", "0o17", "-0xFF", "1_000.5"])
def test_numbers_as_programs_write_them_are_said(tmp_path, cell):
    file = tmp_path / "t.csv"
    file.write_text(f"a,b\n1.5,2\n{cell},3\n-4e3,4\n")
    with pytest.raises(DataError, match=rf"numbers in column 'a', such as .*got '{cell}'"):
        read_file(file)


def test_codes_that_only_look_like_them_are_categories(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("a,b\n0x10,1_2\n0x20,x\n0x10,3\n")
    assert {column.kind for column in read_file(file).columns.values()} == {"category"}


def test_only_the_columns_that_are_wanted(tmp_path):
    file = tmp_path / "wide.csv"
    file.write_text(",".join(f"c{i}" for i in range(500)) + "\n" + ",".join("1" * 500) + "\n")
    assert list(read_file(file, wanted={"c7", "c3"}).columns) == ["c3", "c7"]


@pytest.mark.parametrize("text", ["", "-1", "4 elephants", "1e99", "0", "9" * 5000, "nan"])
def test_sizes_that_are_none(text):
    with pytest.raises(OptionError, match=r"^memory: expected a size such as 4GB") as caught:
        parse_size(text)
    assert len(str(caught.value)) < 200
