"""Test rows in a file of their own: read as the training data, which lose no row to them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import DataError, RunError
from chainrule.train.data.load_dataset import load, reload
from chainrule.train.options import RunOptions

TRAIN = [f"{i};{i / 7:.2f};{'xyz'[i % 3]};{'ja' if i % 2 else 'nein'}" for i in range(30)]
HEADER = "nr;width;mark;rain"


@pytest.fixture
def options(tmp_path: Path) -> RunOptions:
    rows = "\n".join([HEADER, *TRAIN]).replace(".", ",")
    (tmp_path / "train.csv").write_text(rows)
    return RunOptions(str(tmp_path / "train.csv"), target="rain", drop=("nr",))


def beside(options: RunOptions, *rows: str, header: str = HEADER) -> RunOptions:
    file = Path(options.source).with_name("test.csv")
    file.write_text("\n".join([header, *rows]))
    return dataclasses.replace(options, test=str(file))


def test_read_in_the_same_way(options: RunOptions):
    """A file that alone would be read in another way: 1,5 as text, 0 and 1 as numbers."""
    data = load(beside(options, "7;1,5;x;ja", "8;2,25;z;nein", "9;0,00;y;nein"))
    width = next(c for c in data.encoder.columns if c.name == "width")
    expected = (np.array([1.5, 2.25, 0.0]) - width.mean) / width.scale
    np.testing.assert_allclose(data.test.x[:, 0], expected)
    assert data.test.x[:, 1:].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert [data.encoder.target.classes[i] for i in data.test.y] == ["ja", "nein", "nein"]
    assert len(data.train) + len(data.validation) == 30


def test_no_row_is_taken_away(options: RunOptions):
    whole = dataclasses.replace(options, validation_fraction=0.0)
    data = load(beside(whole, "7;1,5;x;ja"))
    assert len(data.train) == 30
    assert data.inference.notes[0].startswith(
        "the test rows are the 1 row of `test.csv`; 30 rows here"
    )


def test_columns_in_another_order_and_others(options: RunOptions):
    rows = ("ja;1;x;0,5;7", "nein;2;q;1,5;8")
    data = load(beside(options, *rows, header="rain;extra;mark;width;nr"))
    width = next(c for c in data.encoder.columns if c.name == "width")
    np.testing.assert_allclose(data.test.x[:, 0] * width.scale + width.mean, [0.5, 1.5])
    assert data.inference.notes[1:3] == (
        "in the test rows, column 'mark' has values no training row had in 1 of 2 rows, taken as"
        " none of the known ones: q",
        "ignored in the test rows, since the training data have no such column: `extra`",
    )


def test_rows_without_an_answer(options: RunOptions):
    data = load(beside(options, "7;1,5;x;", "8;2,5;x;ja"))
    assert len(data.test) == 1
    assert "1 test row left out: no answer in `rain`" in data.inference.notes
    strict = dataclasses.replace(options, require_target=True)
    with pytest.raises(DataError, match="missing values in 'rain'"):
        load(beside(strict, "7;1,5;x;", "8;2,5;x;ja"))


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("nr;mark;rain", "1;x;ja", "none called 'width'"),
        ("nr;rain", "1;ja", "none called 'width', 'mark'"),
        ("nr;width;mark", "1;2,5;x", "none called 'rain'"),
        (HEADER, "1;2,5;x;vielleicht", "(ja, nein), got 'vielleicht', first in row 1"),
        (HEADER, "1;breit;x;ja", "expected numbers in column 'width', got 'breit'"),
        (HEADER, "1;;x;ja", "missing values in 'width'"),
        (HEADER, "1;1e60;x;ja", "numbers that are finite as float32"),
    ],
)
def test_files_that_cannot_be_used(options: RunOptions, header: str, row: str, said: str):
    with pytest.raises(DataError) as raised:
        load(beside(options, row, header=header), dtype=np.float32)
    assert said in str(raised.value)
    assert "test" in str(raised.value)


def test_groups_are_not_on_both_sides(options: RunOptions):
    grouped = dataclasses.replace(options, group="nr", drop=())
    data = load(beside(grouped, "37;1,5;x;ja", "38;2,25;z;nein"))
    assert len(data.test) == 2
    assert "rows of one `nr` stay together: 30 for training" in data.inference.notes
    with pytest.raises(DataError, match=r"got '8' in row 2 \(1 such row\)"):
        load(beside(grouped, "37;1,5;x;ja", "8;2,25;z;nein"))


def test_numbers_to_predict(options: RunOptions):
    numbers = dataclasses.replace(options, target="width", drop=("nr",))
    data = load(beside(numbers, "7;1,5;x;ja", "8;2,5;x;ja"))
    np.testing.assert_allclose(data.encoder.target.decode(data.test.y)[:, 0], [1.5, 2.5])


def test_a_data_set_of_the_package(tmp_path: Path):
    whole = load(RunOptions("iris"))
    columns = [c.name for c in whole.encoder.columns]
    row = [f"{c.mean}" for c in whole.encoder.columns]
    file = tmp_path / "more.csv"
    file.write_text("\n".join([",".join([*columns, "target"]), ",".join([*row, "setosa"])]))
    data = load(RunOptions("iris", test=str(file)))
    assert len(data.test) == 1
    assert data.test.y.tolist() == [0]


def test_changes_are_noticed(options: RunOptions):
    options = beside(options, "7;1,5;x;ja", "8;2,25;z;nein")
    first = load(options)
    again = reload(options, first.encoder, first.source_fingerprint)
    assert again.fingerprint == first.fingerprint
    beside(options, "7;1,5;x;ja", "8;2,5;z;nein")
    with pytest.raises(RunError, match=r"test\.csv"):
        reload(options, first.encoder, first.source_fingerprint)
