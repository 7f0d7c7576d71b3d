"""Tables as people have them: every kind is read as its author meant it, or refused with a remedy.

What is expected is written by hand, or computed by the standard library.
"""

from __future__ import annotations

import csv
import gzip
import json
import shlex
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.errors import DataError
from chainrule.train.data.reading.reading_options import AS_BEFORE, Reading
from chainrule.train.data.reading.sources import read
from chainrule.train.data.table import Table

NAN = float("nan")
X = [0.5, -1.25, 3.0, 0.75]


def table_of(folder: Path, content: str | bytes, name: str = "t.csv", **reading) -> Table:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, reading=Reading(**reading))


def days(*moments: str) -> list[float]:
    """Days since 1970 by the standard library."""
    epoch = datetime(1970, 1, 1)
    return [(datetime.fromisoformat(m) - epoch).total_seconds() / 86400 for m in moments]


NUMBERS = {
    "thousands": ('a,b\n"1,000",1\n"2,500,000",2\n12,3\n', [1000, 2_500_000, 12]),
    "thousands and decimals": ('a,b\n"1,000.5",1\n"2,500.25",2\n', [1000.5, 2500.25]),
    "spaces between thousands": ("a;b\n1 000;1\n2 500 000;2\n", [1000, 2_500_000]),
    "narrow spaces": ("a;b\n1\u202f000;1\n2\u202f500;2\n", [1000, 2500]),
    "swiss": ("a;b\n1'000.5;1\n2'500;2\n", [1000.5, 2500]),
    "indian": ('a,b\n"12,34,567",1\n"1,000",2\n', [1_234_567, 1000]),
    "dollars": ('a,b\n"$1,000",1\n$5,2\n-$3.50,3\n', [1000, 5, -3.5]),
    "euros": ("a;b\n1.000,50 €;1\n5 €;2\n", [1000.5, 5]),
    "pounds": ("a,b\n£1.5,1\n£2,2\n", [1.5, 2]),
    "codes of currencies": ('a,b\n"USD 1,000",1\nUSD 5,2\n', [1000, 5]),
    "brackets": ("a,b\n(300),1\n200,2\n", [-300, 200]),
    "percent": ("a,b\n5%,1\n7.5 %,2\n", [5, 7.5]),
    "decimal comma": ("a;b\n0,5;1\n-1,25;2\n3;3\n", [0.5, -1.25, 3]),
    "decimal comma and thousands": ("a;b\n1.234,5;1\n0,25;2\n2.000;3\n", [1234.5, 0.25, 2000]),
    "decimal comma in quotes": ('a,b\n"0,5",1\n"1,25",2\n', [0.5, 1.25]),
    "a plus sign": ("a,b\n+1,1\n-2,2\n", [1, -2]),
    "a true minus sign": ("a,b\n−$1,1\n$2,2\n", [-1, 2]),
    "question marks": ("a,b\n?,1\n2,2\n", [NAN, 2]),
    "None": ("a,b\nNone,1\n2.5,2\n", [NAN, 2.5]),
    "dashes": ("a,b\n-,1\n--,2\n2.5,3\n", [NAN, NAN, 2.5]),
    "spreadsheet errors": ("a,b\n#DIV/0!,1\n2,2\n", [NAN, 2]),
    "a mark beside dollars": ('a,b\n"$1,000",1\n-,2\n', [1000, NAN]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(tmp_path: Path, name: str):
    content, expected = NUMBERS[name]
    column = table_of(tmp_path, content).columns["a"]
    assert column.kind == "number"
    np.testing.assert_array_equal(column.values, expected)


CATEGORIES = {
    "words beside a question mark": "a,b\n?,1\nred,2\nred,3\n",
    "None among words": "a,b\nNone,1\ngood,2\nNone,3\n",
    "two currencies": "a,b\n$1,1\n€2,2\n",
    "codes": "a,b\nA1,1\n2,2\nA1,3\n",
    "ranges": "a,b\n10-20,1\n20-30,2\n",
    "versions": "a,b\n1.2.3,1\n1.2.4,2\n",
    "percent beside shares": "a,b\n5%,1\n0.05,2\n",
}


@pytest.mark.parametrize("name", CATEGORIES)
def test_words_stay_words(tmp_path: Path, name: str):
    content = CATEGORIES[name]
    column = table_of(tmp_path, content).columns["a"]
    expected = [line.rpartition(",")[0] for line in content.splitlines()[1:]]
    assert column.labels() == expected


DATES = {
    "iso": (["2021-01-31", "1969-12-31"], ["2021-01-31", "1969-12-31"]),
    "iso with a time": (["2021-01-31T06:00", "2021-02-01 12:30:15"],) * 2,
    "utc": (
        ["2021-01-31T06:00:00.250Z", "2021-02-01T00:00:00Z"],
        ["2021-01-31T06:00:00.250", "2021-02-01"],
    ),
    "offsets": (["2021-01-31T06:00+02:00", "2021-01-31T06:00-0130"],
                ["2021-01-31T04:00", "2021-01-31T07:30"]),
    "american": (["1/31/2021", "02/01/2021"], ["2021-01-31", "2021-02-01"]),
    "british": (["31/1/2021", "01/02/2021"], ["2021-01-31", "2021-02-01"]),
    "german": (["31.01.2021", "1.2.2021"], ["2021-01-31", "2021-02-01"]),
    "two digits of the year": (["1/31/21", "2/1/99"], ["2021-01-31", "1999-02-01"]),
    "american with a time": (["1/31/2021 6:05 PM", "2/1/2021 12:00 AM"],
                             ["2021-01-31T18:05", "2021-02-01"]),
    "names of months": (["31 Jan 2021", "1 Feb 2021"], ["2021-01-31", "2021-02-01"]),
    "whole names": (['"January 31, 2021"', '"March 1, 2021"'], ["2021-01-31", "2021-03-01"]),
    "oracle": (["31-Jan-21", "01-Feb-21"], ["2021-01-31", "2021-02-01"]),
    "slashes from the year": (["2021/01/31", "2021/2/1"], ["2021-01-31", "2021-02-01"]),
    "months": (["2021-01", "2021-02"], ["2021-01-01", "2021-02-01"]),
    "times": (["06:00", "18:30"], ["1970-01-01T06:00", "1970-01-01T18:30"]),
    "the same both ways": (["01/01/2021", "02/02/2021"], ["2021-01-01", "2021-02-02"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DATES)
def test_dates(tmp_path: Path, name: str):
    cells, moments = DATES[name]
    content = "a,b\n" + "".join(f"{cell},1\n" for cell in [*cells, "", "?"])
    column = table_of(tmp_path, content).columns["a"]
    assert column.kind == "date"
    np.testing.assert_allclose(column.values, [*days(*moments), NAN, NAN], rtol=1e-15)


FILES = {
    "utf-8 with a mark": ("utf-8-sig", "t.csv"),
    "utf-16": ("utf-16", "t.csv"),
    "utf-16 without a mark": ("utf-16-le", "t.csv"),
    "latin-1": ("latin-1", "t.csv"),
    "utf-32": ("utf-32", "t.txt"),
}


@pytest.mark.parametrize("name", FILES)
def test_encodings(tmp_path: Path, name: str):
    encoding, file = FILES[name]
    table = table_of(tmp_path, "größe,b\n1,grün\n2,rot\n".encode(encoding), file)
    assert table.columns["größe"].values.tolist() == [1, 2]
    assert table.columns["b"].labels() == ["grün", "rot"]


def test_an_encoding_that_is_said(tmp_path: Path):
    content = "a,b\n1,łódź\n2,x\n".encode("cp1250")
    assert table_of(tmp_path, content, encoding="cp1250").columns["b"].labels()[0] == "łódź"
    with pytest.raises(DataError, match=r"byte 0xb3 in line 2, which is not ascii.*--encoding"):
        table_of(tmp_path, content, encoding="ascii")


def test_compressed_text(tmp_path: Path):
    text = 'a,b\n1,"x\ny"\n\n2,z\n'
    table = table_of(tmp_path, gzip.compress(text.encode()), "t.csv.gz")
    assert (table.name, table.columns["b"].labels()) == ("t", ["x\ny", "z"])
    assert table_of(tmp_path, gzip.compress(b"a\tb\n1\t2\n"), "t.tsv.gz").rows == 1
    with pytest.raises(DataError, match="damaged gzip content"):
        table_of(tmp_path, gzip.compress(text.encode())[:-9], "t.csv.gz")
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"a\n" + b"0\n" * 10**6))
    with pytest.raises(DataError, match="--memory"):
        read(tmp_path / "bomb.csv.gz", memory=10**6)


def test_zstandard(tmp_path: Path):
    # written by `zstd`: a frame of one raw block, so that no other package is needed
    text = b'a,b\n1,"x\ny"\n2,z\n'
    frame = b"\x28\xb5\x2f\xfd\x20" + bytes([len(text)])
    block = (1 | len(text) << 3).to_bytes(3, "little") + text
    table = table_of(tmp_path, frame + block, "t.csv.zst")
    assert table.columns["b"].labels() == ["x\ny", "z"]
    with pytest.raises(DataError, match="no Zstandard in it"):
        table_of(tmp_path, b"\x28\xb5\x2f\xfd\x20" + b"junk", "t.csv.zst")


def test_other_formats(tmp_path: Path):
    frame = pl.DataFrame({"a": [1.5, None], "b": ["x", "y"], "n": ["1,000", "?"]})
    frame.write_ipc(tmp_path / "t.arrow")
    frame.write_ipc_stream(tmp_path / "t.ipc")
    frame.write_ndjson(tmp_path / "t.jsonl")
    (tmp_path / "t.json").write_text(json.dumps(frame.to_dicts()))
    for name in ("t.arrow", "t.ipc", "t.jsonl", "t.json"):
        columns = read(tmp_path / name).columns
        np.testing.assert_array_equal(columns["a"].values, [1.5, NAN], name)
        assert columns["b"].labels() == ["x", "y"]
        if name in ("t.jsonl", "t.json"):  # JSON has no types but these
            np.testing.assert_array_equal(columns["n"].values, [1000, NAN])
    with pytest.raises(DataError, match="no Arrow in it"):
        table_of(tmp_path, b"junk", "junk.arrow")
    with pytest.raises(DataError, match="no JSON lines in it"):
        table_of(tmp_path, b"[1, 2", "junk.jsonl")


def test_what_is_no_excel_file(tmp_path: Path):
    pytest.importorskip("fastexcel")
    with pytest.raises(DataError, match="no Excel sheet in it"):
        table_of(tmp_path, b"PK junk", "t.xlsx")


SHAPES = {
    "an index without a name": (",a,b\n0,5,x\n1,6,y\n", {"a": [5, 6]}, "names the rows"),
    "the index of pandas": ("Unnamed: 0,a,b\n0,5,x\n1,6,y\n", {"a": [5, 6]}, "names the rows"),
    "row names of R": ('"a","b"\n"r1",5,x\n"r2",6,y\n', {"a": [5, 6]}, "names the rows"),
    "a trailing comma": ("a,b,\n5,x,\n6,y,\n", {"a": [5, 6]}, "neither a name nor values"),
    "a trailing comma below": ("a,b\n5,x,\n6,y,\n", {"a": [5, 6]}, ""),
    "no name for data": ("a,,b\n5,7,x\n6,9,y\n", {"column_2": [7, 9]}, "called `column_2`"),
    "repeated names": ("a,a,a_1\n5,7,x\n6,9,y\n", {"a": [5, 6], "a_2": [7, 9]}, "made distinct"),
    "comments": ("# made by\n# a tool\na,b\n5,x\n6,y\n", {"a": [5, 6]}, "2 lines of comments"),
    "a header in a comment": ("#a,b\n5,x\n6,y\n", {"#a": [5, 6]}, ""),
    "a note for Excel": ("sep=;\na;b\n5;x\n6;y\n", {"a": [5, 6]}, ""),
    "aligned columns": (' a  b\n 5.5  "x y"\n16   "z"\n', {"a": [5.5, 16]}, ""),
    "words between tabs": ("a b\tc d\n5\tu v\n6\tx y\n", {"a b": [5, 6]}, ""),
    "old line ends": ("a,b\r5,x\r6,y\r", {"a": [5, 6]}, ""),
    "an inch": ('a,b\n5,2" pipe\n6,3" pipe\n', {"a": [5, 6]}, ""),
    "numbers as pandas names them": ("0,1\n5,x\n6,y\n", {"0": [5, 6]}, ""),
    "years as names": ("place,2019\nx,5\ny,6\n", {"2019": [5, 6]}, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_shapes(tmp_path: Path, name: str):
    content, expected, note = SHAPES[name]
    file = "t.data" if name == "aligned columns" else "t.csv"
    table = table_of(tmp_path, content, file)
    for column, values in expected.items():
        assert table.columns[column].values.tolist() == values
    assert len(table.columns) == (3 if name in ("no name for data", "repeated names") else 2)
    assert note in "; ".join(table.facts.notes)


REFUSED = {
    "ambiguous dates": (
        "a,b\n03/04/2021,1\n05/06/2021,2\n",
        "'03/04/2021', which may be %d/%m/%Y or %m/%d/%Y",
        {"date_format": ("a=%d/%m/%Y",)},
    ),
    "ambiguous commas": (
        "a;b\n1,887;1\n2,753;2\n",
        "'1,887', whose comma may separate thousands or decimals",
        {"decimal": ","},
    ),
    "a header of numbers": (
        "0.5,x,1\n0.75,y,2\n",
        r"column names in the first line, got data (0.5, x, 1)",
        {"header": False},
    ),
    "the answers twice": (
        "y,a,y\n1,5,1\n2,6,2\n",
        "one column called 'y', got another as column 3",
        {"drop": ("y_1",)},
    ),
    "a header like the rows": (
        "x,y,1\n" + "x,y,1\nz,y,2\n" * 10,
        "column names in the first line",
        {"header": False},
    ),
    "short lines": (
        "a,b\n1,2\n\n3\n4,5\n6,7,8\n",
        "2 cells in every line, as in the first, got 1 in line 4, 3 in line 6",
        {"skip_ragged": True},
    ),
    "an unknown mark": (
        "a,b\n" + "".join(f"{i},1\n" for i in range(20)) + "n.d.!,1\n",
        "numbers in column 'a', got 'n.d.!' (1 such cell)",
        {"missing": ("n.d.!",)},
    ),
    "infinite": ("a,b\n1.5,1\ninf,2\n-inf,3\n", "finite numbers", {"missing": ("-inf", "inf")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_works(tmp_path: Path, name: str):
    content, message, solution = REFUSED[name]
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(DataError) as caught:
        read(tmp_path / "t.csv", labels="y" if "twice" in name else None)
    text = str(caught.value)
    assert message in text
    assert "\n" not in text
    assert text.endswith(f"add {shlex.join(caught.value.fix)}")
    table_of(tmp_path, content, **solution)


def test_all_problems_are_said_at_once(tmp_path: Path):
    rows = "".join(f"03/0{1 + i % 9}/2021,{i},1\n" for i in range(20))
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, f"when,a,b\n{rows}05/06/2021,n.d.!,inf\n")
    assert "3 problems: (1) expected dates" in str(caught.value)
    assert caught.value.fix == (
        *("--date-format", "when=%d/%m/%Y"),
        *("--missing", "n.d.!"),
        "--missing=inf",
    )
    # what is dropped is no problem
    table = table_of(tmp_path, f"when,a,b\n{rows}05/06/2021,n.d.!,2\n", drop=("when,a",))
    assert table.columns["b"].values[-1] == 2


def test_kinds_that_are_said(tmp_path: Path):
    content = "zip,when,level,n\n10115,20210131,1,5\n60311,20210201,?,low\n10115,20210202,2,7\n"
    table = table_of(
        tmp_path,
        content,
        categorical=("zip,level",),
        date_format=("when=%Y%m%d",),
        numeric=("n",),
        missing=("low",),
    )
    assert table.columns["zip"].labels() == ["10115", "60311", "10115"]
    assert table.columns["level"].labels() == ["1", "?", "2"]
    expected = days("2021-01-31", "2021-02-01", "2021-02-02")
    assert table.columns["when"].values.tolist() == expected
    np.testing.assert_array_equal(table.columns["n"].values, [5, NAN, 7])


def test_no_cell_is_read_in_python(tmp_path: Path):
    """Reading takes less than the loop over rows that earlier versions had."""
    rng = np.random.default_rng(0)
    words = rng.choice(["red", "green", '"a, b"'], 20_000)
    numbers = rng.integers(0, 10**6, (20_000, 19))
    lines = [",".join(map(str, row)) for row in numbers.tolist()]
    text = "\n".join(f"{line},{word}" for line, word in zip(lines, words, strict=True))
    path = tmp_path / "t.csv"
    path.write_text(",".join(f"c{i}" for i in range(20)) + "\n" + text + "\n")

    def seconds(reading: Reading) -> float:
        began = time.process_time()
        read(path, reading=reading)
        return time.process_time() - began

    times = [(seconds(Reading()), seconds(AS_BEFORE)) for _ in range(3)]
    assert min(now for now, _ in times) < min(before for _, before in times)
    np.testing.assert_array_equal(read(path).columns["c3"].values, numbers[:, 3])


def test_facts_count_the_marks(tmp_path: Path):
    table = table_of(tmp_path, "age,b\n?,1\n-,2\n?,3\n,4\n5,5\n")
    [age, _] = table.facts.columns
    assert (age.kind, age.missing, dict(age.marks)) == ("number", 4, {"?": 2, "-": 1})


def test_the_index_that_pandas_writes_to_parquet(tmp_path: Path):
    frame = pl.DataFrame({"a": [5, 6], "__index_level_0__": [10, 11], "Unnamed: 3": [4, 2]})
    frame.write_parquet(tmp_path / "t.parquet")
    assert list(read(tmp_path / "t.parquet").columns) == ["a", "Unnamed: 3"]


def test_files_of_earlier_runs_are_read_as_before(tmp_path: Path):
    """What is new about the inference is not for them."""
    path = tmp_path / "t.csv"
    path.write_text('Unnamed: 0,a,b,c,y\n0,?,1/31/2021,"$1,000",1\n1, 5,1/31/2021,$2,2\n')
    table = read(path, reading=AS_BEFORE, labels="y")
    kinds = {name: column.kind for name, column in table.columns.items()}
    words = dict.fromkeys("abc", "category")
    assert kinds == {"Unnamed: 0": "number", **words, "y": "number"}
    assert table.columns["a"].labels() == ["?", "5"]


CELLS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["", "NA", "true", "False", "2021-01-31", "2021-01-31 10:30", "a b", '"', "é"]),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=5),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12), st.booleans())
def test_what_is_in_no_special_form_is_read_as_before(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], blank: bool
):
    """Compared with the reader of earlier versions, which goes row by row."""
    path = tmp_path_factory.mktemp("same") / "t.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n" if blank else "\n")
        writer.writerow(["x", "y", "z"])
        for row in rows:
            writer.writerow(row)
            if blank:
                file.write("\r\n")
    before = read(path, reading=AS_BEFORE)
    try:
        now = read(path)
    except DataError:
        return
    for name, column in before.columns.items():
        other = now.columns[name]
        if column.kind == other.kind:
            np.testing.assert_array_equal(other.values, column.values)
            assert other.levels == column.levels
        else:  # what is no word after all
            assert column.kind == "category"
    kinds = {name: column.kind for name, column in before.columns.items()}
    if all(kind != "category" for kind in kinds.values()):
        assert now.fingerprint == before.fingerprint
