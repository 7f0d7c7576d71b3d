"""`chainrule predict` and `explain` of a run that learnt from something else than a table."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from domains import tiny


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    tiny.register(monkeypatch)
    return tiny.trained(tmp_path)


def test_columns_as_csv(call, run: Path):
    done = call("predict", "run", "wave.numbers", "--horizon", 3)
    assert (done.code, done.err) == (0, "3 steps ahead\n")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["step"] for row in rows] == ["1", "2", "3"]


def test_json_has_the_same(call, run: Path):
    done = call("predict", "run", "wave.numbers", "--json")
    (row,) = csv.DictReader(io.StringIO(call("predict", "run", "wave.numbers").out))
    found = json.loads(done.out)
    assert found == {
        "predictions": {"step": [1], "value": [float(row["value"])]},
        "notes": ["1 steps ahead"],
    }


@pytest.mark.parametrize(
    ("words", "files"),
    [
        (["-o", "ahead.csv"], ["ahead-forecast.png", "ahead.csv"]),
        (["-o", "ahead.csv", "--figures", "none"], ["ahead.csv"]),
        (["--figures", "svg"], ["wave-forecast.svg"]),
        ([], []),
    ],
)
def test_pictures_are_beside_the_result(call, run: Path, tmp_path: Path, words, files):
    before = {path.name for path in tmp_path.iterdir()}
    done = call("predict", "run", "wave.numbers", *words)
    assert done.code == 0
    assert sorted({path.name for path in tmp_path.iterdir()} - before) == files
    assert done.err.count("wrote ") == len(files)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["wave.numbers", "--beam", 3], "--beam: expected options for predictions of a run on a"),
        (["wave.numbers", "--id", "a"], "--id: expected options for predictions of a run on a"),
        (["wave.numbers", "--horizon", 0], "--horizon: expected a whole number, 1 or more, got 0"),
        ([], "FILE: expected a file of new data, for a run on a list of numbers, got none"),
        (["wave.numbers", "--figures", "gif"], "figures: expected none, or one or more of png"),
    ],
)
def test_mistakes_are_one_line(call, run: Path, words, says):
    assert says in call("predict", "run", *words).refusal()


def test_an_explanation_of_a_step_of_time(call, run: Path):
    done = call("explain", "run", "--sample", 2)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The gradient for row 2")
    assert "h[t=3, 0, 1] = tanh(" in done.out
    found = call("explain", "run", "--wrt", "h[t=1, 0, 2]", "--json")
    assert "h[t=1, 0, 2]" in found.out


def test_the_flow_over_time(call, run: Path):
    done = call("explain", "run", "--flow", "--over-time", "--json")
    (found,) = json.loads(done.out)["flow"]["recurrences"]
    assert [lag["time"] for lag in found["lags"]] == [3, 2, 1, 0]


def test_resuming_explains_a_weight_at_the_end(call, run: Path):
    done = call("train", "--resume", "run", "--epochs", 3, "--explain-weight", "--figures", "none")
    assert done.code == 0, done.err
    assert "The gradient for row 0" in done.out
    assert done.out.endswith(call("explain", "run").out)
