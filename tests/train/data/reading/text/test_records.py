"""The records of CSV text, against the reader of the standard library."""

from __future__ import annotations

import csv
import io
import random

import pytest

from chainrule.train.data.reading.text import records
from chainrule.train.data.reading.text.records import find_records


def random_text(source: random.Random) -> str:
    """Records of a few cells, some of them quoted, with delimiters and newlines inside."""
    newline = source.choice(["\n", "\r\n"])
    lines = []
    for _ in range(source.randint(1, 8)):
        cells = []
        for _ in range(source.randint(1, 4)):
            cell = "".join(source.choice("ab1 ") for _ in range(source.randint(0, 3)))
            if source.random() < 0.3:
                inner = cell + source.choice(["", ",", newline, '""', f"{newline},{newline}"])
                cell = f'"{inner}"'
            cells.append(cell)
        lines.append(",".join(cells))
        lines += [""] * (source.random() < 0.2)
    return newline.join(lines) + newline * source.randint(0, 2)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 2**22])
def test_records_are_those_of_the_standard_library(block, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", block)
    source = random.Random(block)
    for _ in range(300):
        text = random_text(source)
        found = find_records(text.encode(), ",")
        assert found.regular
        expected = [row for row in csv.reader(io.StringIO(text, newline="")) if row]
        assert found.cells.tolist() == [len(row) for row in expected]
        ends = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
        for (begin, end), row in zip(ends, expected, strict=True):
            (again,) = csv.reader(io.StringIO(text[begin:end], newline=""))
            assert again == row


@pytest.mark.parametrize("block", [1, 2, 3, 2**22])
@pytest.mark.parametrize("text", ['a,b"c\n1,2\n', '"a,b\n1,2\n', 'a,"b"c\n', "a,b\r1,2\n"])
def test_quotes_amid_cells_are_irregular_wherever_a_block_ends(block, text, monkeypatch):
    monkeypatch.setattr(records, "BLOCK", block)
    assert not find_records(text.encode(), ",").regular


def test_no_text_has_no_records():
    assert not len(find_records(b"", ",").starts)
