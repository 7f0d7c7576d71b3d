"""Columns that divide the rows: read as they are, refused by row, and no inputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import DataError, OptionError, UnknownNameError
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.load_dataset import load, reload
from chainrule.train.options import RunOptions

ROWS = 40


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    """Rows of ten patients on twenty days, the latest first."""
    days = [f"2024-{2 - i // 20:02d}-{20 - i // 2 % 10:02d}" for i in range(ROWS)]
    lines = [f"P{i % 10},{day},{i},{'ab'[i % 3 > 0]}" for i, day in enumerate(days)]
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(["who,day,size,kind", *lines]) + "\n")
    return file


def sizes(part, data: Dataset) -> list[int]:
    """The column `size`, which numbers the rows, of the rows of a part."""
    coder = next(c for c in data.encoder.columns if c.name == "size")
    at = data.encoder.features.index("size")
    return sorted(np.round(part.x[:, at] * coder.scale + coder.mean).astype(int).tolist())


def test_groups_stay_together(visits: Path):
    data = load(RunOptions(str(visits), target="kind", group="who", validation_fraction=0.1))
    sides = [{row % 10 for row in sizes(part, data)} for part in (data.train, data.test)]
    sides.append({row % 10 for row in sizes(data.validation, data)})
    assert sum(map(len, sides)) == 10
    assert "who" not in {column.name for column in data.encoder.columns}
    assert data.inference.left_out["who"] == "its groups divide the rows"
    assert "rows of one `who` stay together: 7 for training, 1 for validation, 2 for test" in (
        data.inference.notes
    )


def test_the_latest_rows_are_held_out(visits: Path):
    data = load(RunOptions(str(visits), target="kind", time="day", validation_fraction=0.1))
    assert sizes(data.test, data) == list(range(8))
    assert min(sizes(data.train, data)) > max(sizes(data.validation, data)) > 7
    # fitted to the training rows, which are the earlier ones
    coder = next(c for c in data.encoder.columns if c.name == "size")
    assert coder.mean == pytest.approx(np.mean(sizes(data.train, data)))
    assert "day" not in {column.name for column in data.encoder.columns}
    assert "test from 2024-02-17 on" in data.inference.notes[0]


def test_times_as_an_input_too(visits: Path):
    data = load(RunOptions(str(visits), target="kind", time="day", time_input=True))
    assert "day" in {column.name for column in data.encoder.columns}
    assert data.inference.left_out == {}


def test_reloaded_in_the_same_parts(visits: Path):
    for options in (
        RunOptions(str(visits), target="kind", group="who"),
        RunOptions(str(visits), target="kind", time="day"),
    ):
        first = load(options)
        again = reload(options, first.encoder, first.source_fingerprint)
        assert again.fingerprint == first.fingerprint
        assert again.inference.left_out == first.inference.left_out


@pytest.mark.parametrize(
    ("kind", "column", "cell", "said"),
    [
        ("group", "who", "", "none in row 6 (1 such row)"),
        ("time", "day", "", "none in row 6 (1 such row)"),
        ("time", "day", "soon", "'soon' in row 6"),
        ("time", "day", "17.02.2024", "'17.02.2024' in row 6"),
    ],
)
def test_cells_that_say_nothing(visits: Path, kind: str, column: str, cell: str, said: str):
    lines = [line.split(",") for line in visits.read_text().splitlines()]
    lines[6][lines[0].index(column)] = cell
    visits.write_text("\n".join(map(",".join, lines)))
    with pytest.raises(DataError) as raised:
        load(RunOptions(str(visits), target="kind", **{kind: column}))  # type: ignore[arg-type]
    assert said in str(raised.value)
    assert repr(column) in str(raised.value)


def test_rows_without_an_answer_need_no_time(visits: Path):
    lines = visits.read_text().splitlines()
    lines[6] = "P5,,5,"
    visits.write_text("\n".join(lines))
    data = load(RunOptions(str(visits), target="kind", time="day"))
    assert data.rows == ROWS - 1
    assert 5 not in sizes(data.test, data)


def test_the_wrong_columns(visits: Path):
    with pytest.raises(UnknownNameError, match="time column of visits"):
        load(RunOptions(str(visits), target="kind", time="date"))
    with pytest.raises(OptionError, match="another column than the one that is predicted"):
        load(RunOptions(str(visits), target="kind", group="kind"))
    with pytest.raises(DataError, match="in column 'who', to put the rows in order, got 'P0'"):
        load(RunOptions(str(visits), target="kind", time="who"))
    with pytest.raises(DataError, match=r"name a column of them, such as 'day'$"):
        load(RunOptions(str(visits), target="kind", time="who"))


def test_dates_of_two_forms_have_no_order(visits: Path):
    lines = visits.read_text().splitlines()
    place = lines[0].split(",").index("day")
    cells = lines[3].split(",")
    for odd in ("4.5.2024", "soon"):
        cells[place] = odd
        visits.write_text("\n".join([*lines[:3], ",".join(cells), *lines[4:]]) + "\n")
        with pytest.raises(DataError, match=f"'{odd}' in row 3; correct it, or say how dates are"):
            load(RunOptions(str(visits), target="kind", time="day"))


def test_classes_that_only_held_out_rows_have(visits: Path):
    lines = visits.read_text().splitlines()
    for i in (1, 2):
        lines[i] = lines[i].rpartition(",")[0] + ",new"
    visits.write_text("\n".join(lines))
    data = load(RunOptions(str(visits), target="kind", time="day"))
    assert "no training row is of class new (2)" in data.inference.notes
    for i in range(1, ROWS + 1):
        lines[i] = lines[i].rpartition(",")[0] + (",new" if i < 9 else ",old")
    visits.write_text("\n".join(lines))
    with pytest.raises(DataError, match="training rows of two classes or more, got only 'old'"):
        load(RunOptions(str(visits), target="kind", time="day"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"group": "who", "time": "day"}, "group and time; use time if"),
        ({"test": "x.csv", "folds": 3}, "test and folds; use test"),
        ({"test": "x.csv", "test_fraction": 0.3}, "use test alone"),
        ({"folds": 3, "test_fraction": 0.3}, "use folds alone"),
        ({"time_input": True}, "name it with --time"),
        ({"folds": 1}, "a whole number, 2 or more, got 1"),
    ],
)
def test_options_that_exclude_each_other(options, said):
    with pytest.raises(OptionError, match=said):
        RunOptions("visits.csv", **options)


def test_only_what_is_unusual_is_stored():
    usual = {"source": "iris", "drop": [], "test_fraction": 0.2}
    assert RunOptions("iris").to_tables()["data"] == {**usual, "seed": 0}
    options = RunOptions("iris", folds=3, time="day", time_input=True)
    stored = options.to_tables()
    assert stored["data"] == {
        **usual,
        "folds": 3,
        "time": "day",
        "time_input": True,
        "seed": 0,
    }
    assert RunOptions.from_tables(stored) == options
