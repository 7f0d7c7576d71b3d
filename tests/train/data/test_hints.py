"""What is said about columns whose values may be meant otherwise, and that it helps when done."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chainrule.train.data.load_dataset import load
from chainrule.train.data.preparation.inference import Inference
from chainrule.train.options import RunOptions

ROWS = 120

COLUMNS = {
    "number for none": (lambda i: -99 if i % 4 == 0 else i % 5, "--missing=-99"),
    "nines for none": (lambda i: 999 if i % 4 == 0 else i % 50, "--missing=999"),
    "word for none": (lambda i: "k.A." if i % 5 == 0 else i % 23, "--missing=k.A."),
    "words for none": (lambda i: ["not said", "-"][i // 5 % 2] if i % 5 == 0 else i % 23, None),
    "same": (lambda _: "OK", "--drop x"),
    "same number": (lambda _: 7, "--drop x"),
    "balance": (lambda i: 10 * i - 600, ""),
    "two codes": (lambda i: -9 if i % 2 else 1, ""),
    "share": (lambda i: 999 if i == 7 else i * 9, ""),
    "code": (lambda i: "X" if i % 5 == 0 else i % 4, ""),
    "some missing": (lambda i: "" if i % 3 else "yes", ""),
}


def inferred(folder: Path, cells: list[object], **options: object) -> Inference:
    path = folder / "t.csv"
    rows = [f"{cell},{i % 7},{i / 8}" for i, cell in enumerate(cells)]
    path.write_text("\n".join(["x,z,y", *rows]) + "\n")
    found = load(RunOptions(str(path), target="y", **options)).inference  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_the_option_of_a_hint_removes_it(tmp_path: Path, name: str):
    cell, option = COLUMNS[name]
    cells = [cell(i) for i in range(ROWS)]
    found = inferred(tmp_path, cells)
    if option == "":
        assert not found.hints
        return
    (hint,) = found.hints
    assert "`x`" in hint
    assert hint.endswith(option or "--missing='-,not said'")
    flag, value = shlex.split(re.sub(r".*--(missing|drop)[ =]", r"\1 ", hint))
    after = inferred(tmp_path, cells, **{flag: tuple(value.split(","))})
    assert not after.hints
    if flag == "missing":
        (column,) = (column for column in after.columns if column.name == "x")
        marks = {part.strip() for part in value.split(",")}
        assert column.missing == sum(str(one) in marks for one in cells)
        assert column.kind == "number"


def test_columns_that_are_the_same_in_all_rows_are_one_line(tmp_path: Path):
    path = tmp_path / "t.csv"
    names = [f"pixel {i}" for i in range(20)]
    rows = [",".join([*["0"] * 20, str(i), str(i / 3)]) for i in range(40)]
    path.write_text("\n".join([",".join([*names, "x", "y"]), *rows]) + "\n")
    found = load(RunOptions(str(path), target="y")).inference
    assert found is not None
    (hint,) = (hint for hint in found.hints if "the same" in hint)
    assert hint.startswith("20 columns are the same in all rows: `pixel 0`, `pixel 1`")
