"""`chainrule train` with --test, --folds, --group and --time: what is said, kept and resumed."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from chainrule.train.runs.training_run import TrainingRun
from cli.command import process, spawn

FAST = ["--epochs", "2", "--layers", "4", "--figures", "none", "--engine", "reference"]


@pytest.fixture
def visits(tmp_path: Path) -> Path:
    days = [f"2024-01-{1 + i // 4:02d}" for i in range(80)]
    lines = [f"P{i * 7 % 20},{day},{i % 9},{'ny'[i % 9 > 4]}" for i, day in enumerate(days)]
    file = tmp_path / "visits.csv"
    file.write_text("\n".join(["who,day,size,ill", *lines]) + "\n")
    return file


def test_folds(call, visits: Path):
    done = call("train", visits, "--target", "ill", "--folds", "4", "-o", "run", *FAST)
    assert done.code == 0
    table, _, report = done.out.partition("The network that is kept was trained after that")
    head, _, _, *folds, mean, sd = table.strip().splitlines()
    assert head == "4-fold cross-validation: each by a network that did not see its rows"
    assert [line.split()[:3] for line in folds] == [[str(i), "60", "20"] for i in range(1, 5)]
    accuracies = [float(line.split()[-2]) for line in folds]
    assert float(mean.split()[-2]) == pytest.approx(sum(accuracies) / 4, abs=0.01)
    assert sd.split()[0] == "sd"
    assert "test" not in re.findall(r"^ +(\w+) +\d", report, re.MULTILINE)
    assert max(map(len, done.out.splitlines())) <= 80
    assert re.findall(r"^fold (\d)/4  loss", done.err, re.MULTILINE) == ["1", "2", "3", "4"]
    again = call("train", "--resume", "run", "--figures", "none")
    assert again.out.partition("trained 2")[0] == done.out.partition("trained 2")[0]
    assert "fold 1/4" not in again.err


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (("--validation-fraction", "0.1"), 8),
        (("--patience", "1"), 8),
        (("--schedule", "plateau"), 8),
        ((), 0),
    ],
)
@pytest.mark.parametrize("way", [("--folds", "2"), ("--test", "visits.csv")])
def test_validation_rows_only_where_they_are_asked_for_or_needed(
    call, visits: Path, tmp_path: Path, words, rows: int, way
):
    call("train", visits.name, "--target", "ill", *way, *words, "-o", "run", *FAST)
    with TrainingRun.resume(tmp_path / "run") as run:
        assert len(run.dataset.validation) == rows
        assert len(run.dataset.train) == 80 - rows


def test_folds_in_json(call, visits: Path):
    words = ("--target", "size", "--task", "regression", "--folds", "2", "-o", "run", "--json")
    found = json.loads(call("train", visits, *words, *FAST).out)
    folds = found["cross_validation"]
    assert [fold["test_rows"] for fold in folds["folds"]] == [40, 40]
    values = [fold["test_r2"] for fold in folds["folds"]]
    assert folds["mean"]["test_r2"] == pytest.approx(sum(values) / 2)
    assert folds["sd"]["test_r2"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
    assert found["test_loss"] is None
    plain = json.loads(call("train", visits, *words[:4], "--json", "-o", "other", *FAST).out)
    assert "cross_validation" not in plain


def test_each_row_a_fold(call, visits: Path):
    """There is no R² of a single row."""
    visits.write_text("\n".join(visits.read_text().splitlines()[:10]))
    words = ("--target", "size", "--task", "regression", "--folds", "9", "--drop", "who,day,ill")
    lines = visits.read_text().splitlines()
    visits.write_text(
        "\n".join([f"{lines[0]},x", *(f"{line},{i}" for i, line in enumerate(lines[1:]))])
    )
    done = call("train", visits, *words, "-o", "run", *FAST)
    assert re.search(r"^fold 9/9  loss [0-9.]+  \(1 row held out\)$", done.err, re.MULTILINE)
    assert "nan" not in done.err + done.out
    mean = next(line for line in done.out.splitlines() if line.strip().startswith("mean "))
    assert mean.split()[-1] == "-"


def test_a_test_file(call, visits: Path, tmp_path: Path):
    header, *lines = visits.read_text().splitlines()
    new = [line.replace("P", "Q") if i < 3 else line for i, line in enumerate(lines[:12])]
    (tmp_path / "april.csv").write_text("\n".join([header, *new]))
    words = ("--target", "ill", "--test", "april.csv", "-o", "run", *FAST)
    done = call("train", "visits.csv", *words)
    said = "the test rows are the 12 rows of `april.csv`; 80 rows here are trained with\n"
    assert said in done.err
    assert "validation" not in done.out
    assert (
        "in the test rows, column 'who' has values no training row had in 3 of 12 rows" in done.err
    )
    assert "visits: 92 rows, classification" in done.out
    test = next(line for line in done.out.splitlines() if line.strip().startswith("test "))
    score = call("predict", "run", "april.csv", "--no-proba").err.splitlines()[-1]
    assert test.split()[-1] in score


@pytest.mark.parametrize("way", [("--group", "who"), ("--time", "day")])
@pytest.mark.parametrize("more", [(), ("--folds", "3")])
def test_groups_and_times(call, visits: Path, way: tuple[str, str], more: tuple[str, ...]):
    done = call("train", visits, "--target", "ill", *way, *more, "-o", "run", *FAST)
    assert done.code == 0, done.err
    assert f"`{way[1]}` left out: it" in done.err
    said = {"--group": "rows of one `who` stay together: ", "--time": "held out by `day`: "}
    assert said[way[0]] in done.err
    assert ("cross-validation" in done.out) == bool(more)
    assert call("predict", "run", visits).err.startswith("scored by")  # `who` is no surprise
    assert call("explain", "run").code == 0
    assert call("train", "--resume", "run", "--epochs", "3", "--figures", "none").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--test", "none.csv"), "none.csv: expected a file"),
        (("--test", "visits.csv", "--folds", "3"), "got test and folds; use test"),
        (("--group", "who", "--time", "day"), "got group and time; use time"),
        (("--group", "whom"), "did you mean who?"),
        (("--time", "who"), "got 'P0' in row 1"),
        (("--folds", "81"), "one for each of 81 folds"),
        (("--folds", "30", "--group", "who"), "enough groups in 'who'"),
        (("--folds", "20", "--time", "day"), "enough different times in 'day'"),
        (("--folds", "two"), "Invalid value for '--folds'"),
    ],
)
def test_refusals(call, visits: Path, tmp_path: Path, words: tuple[str, ...], said: str):
    done = call("train", visits.name, "--target", "ill", *words, "-o", "run", *FAST)
    assert said in done.refusal()
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_in_a_fold(visits: Path, tmp_path: Path, number: signal.Signals):
    """The folds before it are kept, and it is begun again."""
    words = ("train", "visits.csv", "--target", "ill", "--folds", "40", "--layers", "4")
    words = (*words, "--epochs", "40", "--run", "run", "--engine", "reference")
    file = tmp_path / "run" / "folds.jsonl"
    with spawn(*words, cwd=tmp_path) as started:
        while not (file.exists() and file.read_bytes().count(b"\n") >= 2):
            assert started.poll() is None
            time.sleep(0.01)
        started.send_signal(number)
        _, err = started.communicate(timeout=60)
    done = file.read_bytes().count(b"\n")
    if number == signal.SIGINT:
        assert started.returncode == 130
        said = re.search(
            r"^stopped (in|after) fold (\d+) of 40; finished ones are kept in run$", err, re.M
        )
        assert said is not None
        assert int(said[2]) == done + (said[1] == "in")
        assert "go on with: chainrule train --resume run" in err
    with spawn("train", "--resume", "run", cwd=tmp_path) as started:
        while file.read_bytes().count(b"\n") < done + 2:
            assert started.poll() is None
            time.sleep(0.01)
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=60)
    assert err.startswith(f"{done} of 40 folds are done\nfold {done + 1}/40  loss")


def test_help(call):
    found = process("train", "--help").out
    for word in ("--test", "--folds", "--group", "--time", "--time-input"):
        assert word in found
