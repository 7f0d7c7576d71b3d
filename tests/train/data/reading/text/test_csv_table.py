"""Types are inferred from some rows first, and are what all rows together say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.train.data.reading.read_file import read_file
from chainrule.train.data.reading.text import csv_table

ROWS = 60
LATER = {
    "whole numbers": "7",
    "decimals": "1.5",
    "exponents": "1e3",
    "signs": "+5",
    "words": "later",
    "marks": "?",
    "nothing": "",
    "truth": "true",
    "more digits than a float has": "123456789012345678901",
    "thousands": '"1,234"',
    "dates": "2024-02-01",
}
FIRST = {"whole numbers": "3", "decimals": "2.5", "nothing": "", "truth": "false", "words": "a"}


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("later", LATER)
def test_types_do_not_depend_on_the_rows_looked_at_first(first, later, tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    cells = [FIRST[first]] * (ROWS - 4) + [LATER[later]] * 3 + [FIRST[first]]
    path.write_text("a,b\n" + "\n".join(f"{cell},{i}.0" for i, cell in enumerate(cells)) + "\n")
    tables = []
    for sample in (10, 10 * ROWS):
        monkeypatch.setattr(csv_table, "SAMPLE", sample)
        tables.append(read_file(path))
    few, every = (table.columns["a"] for table in tables)
    assert (few.kind, few.levels) == (every.kind, every.levels)
    np.testing.assert_array_equal(few.values, every.values)
    assert tables[0].fingerprint == tables[1].fingerprint


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\r\n"])
@pytest.mark.parametrize("amid", ["", "\n"])
@pytest.mark.parametrize("begin", ["", "# said\n", "\n\n"])
def test_blank_lines_and_comments_are_no_rows(begin: str, amid: str, end: str, tmp_path: Path):
    path = tmp_path / "table.csv"
    path.write_bytes(f'{begin}"a\nb",c\n1,x\n{amid}2,"y\nz"{end}'.encode())
    table = read_file(path)
    assert list(table.columns) == ["a\nb", "c"]
    assert table.columns["a\nb"].values.tolist() == [1.0, 2.0]
    assert table.columns["c"].labels() == ["x", "y\nz"]
