"""Text of many rows is read in slices, and as the same columns as all of it at once."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from chainrule.errors import DataError
from chainrule.train.data.reading.cells import coded_texts
from chainrule.train.data.reading.content.stored_text import StoredText
from chainrule.train.data.reading.read_file import read_file
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.text import csv_table, row_text

CELLS = {
    "whole numbers": ["1", "-3", "12"],
    "decimals": ["1.5", "2.25", "7"],
    "exponents": ["1e5", "2.5"],
    "truth": ["true", "false"],
    "long": ["123456789012345678901", "5"],
    "too long": ["1" * 45, "x", "2"],
    "words": ["red", "blue", '"a, b"', '"two\nlines"'],
    "marks": ["?", "5", "6.5", "NAN"],
    "nothing": [""],
    "dates": ["2024-02-01", "2023-12-31"],
    "mixed": ["1", "1.5", "true", "abc", "\ufeffx", ""],
}


def write(path: Path, source: random.Random, rows: int) -> None:
    """A table whose columns change from one kind of cell to another somewhere."""
    columns = []
    for _ in range(source.randint(1, 5)):
        kinds = source.choices(list(CELLS), k=source.randint(1, 3))
        cells = [source.choice(CELLS[kinds[len(kinds) * i // rows]]) for i in range(rows)]
        holes = source.choice([0, 0, 0.2])
        columns.append(["" if source.random() < holes else cell for cell in cells])
    columns.append([f"{i % 7}" for i in range(rows)])  # no blank lines
    begin = source.choice(["", "\ufeff", "# said\n"])
    names = ",".join(f"c{i}" for i in range(len(columns)))
    end = source.choice(["", "\n"])
    text = begin + names + "\n" + "\n".join(map(",".join, zip(*columns, strict=True))) + end
    path.write_bytes(text.encode())


def found(path: Path, labels: str | None, reading: Reading | None = None) -> object:
    """The table or the error."""
    try:
        table = read_file(path, labels=labels, reading=reading)
    except DataError as error:
        return str(error)
    return table.fingerprint, table.facts


@pytest.mark.parametrize("seed", range(60))
def test_slices_are_read_as_the_whole_text_is(seed, tmp_path, monkeypatch):
    source, path = random.Random(seed), tmp_path / "table.csv"
    write(path, source, rows=source.randint(30, 90))
    labels = source.choice([None, "c0"])
    whole = found(path, labels)  # fewer rows than a sample: all at once
    monkeypatch.setattr(coded_texts, "LEAST_ROWS", 0)
    for sample, least in ((10, 1), (10, 7), (25, 40)):
        monkeypatch.setattr(csv_table, "SAMPLE", sample)
        monkeypatch.setattr(row_text, "LEAST_ROWS", least)
        monkeypatch.setattr(row_text, "SLICE", 1)
        assert found(path, labels) == whole


ODD = ["", "?", "NAN", "inf", "1e9", "007", "word", " 1.5", "1.5 ", "true", '"1,5"', "5", "$3"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("missing", [(), ("5",)])
def test_answers_that_can_be_no_labels_are_read_as_if_they_were_texts(
    odd, missing, tmp_path, monkeypatch
):
    source, path = random.Random(odd), tmp_path / "table.csv"
    answers = [f"{source.random() * 10:.5f}" for _ in range(1300)]
    answers[1250:1253], answers[7] = [odd, odd, "5.0"], "1.50"
    path.write_text("x,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(answers)))
    monkeypatch.setattr(row_text, "LEAST_ROWS", 300)
    reading = Reading(missing=missing)
    whole = found(path, "y", reading)
    monkeypatch.setattr(csv_table, "SAMPLE", 1200)
    assert found(path, "y", reading) == whole


def test_a_file_that_changes_between_two_readings_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"# said\na,b\n1,2\n")
    text = StoredText.of(path, 7, b"a,b\n1,2\n")
    assert list(text.parts([0, 4, 8])) == [b"a,b\n", b"1,2\n"]
    path.write_bytes(b"# said\na,b\n1,3\n")
    with pytest.raises(DataError, match="got a file that changed meanwhile"):
        list(text.parts([0, 4, 8]))
    path.unlink()
    with pytest.raises(DataError, match="No such file"):
        list(text.parts([0, 4, 8]))
