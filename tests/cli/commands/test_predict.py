"""`chainrule predict` on rows that a run was trained on, and on new ones."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from cli.command import process

ROWS = [
    f"{i % 7}.{i},{'red' if i % 3 else 'blue'},{'good' if i % 7 > 2 else 'bad'}" for i in range(60)
]


TRAIN = "train things.csv --target kind --epochs 60 --lr 0.01 --layers 8 --run run --json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data file, and a run that was trained on it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "things.csv").write_text("width,colour,kind\n" + "\n".join(ROWS) + "\n")
    done = process(*TRAIN.split(), cwd=folder)
    assert json.loads(done.out)["train_accuracy"] > 0.9
    return folder


@pytest.fixture
def trained(call, folder: Path, tmp_path: Path):
    """`call`, in a copy of the folder."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return call


def test_round_trip(trained):
    done = trained("predict", "run", "things.csv")
    assert done.code == 0
    found = list(csv.DictReader(io.StringIO(done.out)))
    assert list(found[0]) == ["prediction", "p(bad)", "p(good)"]
    truth = [row.rpartition(",")[2] for row in ROWS]
    hits = sum(row["prediction"] == true for row, true in zip(found, truth, strict=True))
    assert hits > 50
    assert done.err.startswith(
        f"scored by `kind` in 60 rows: accuracy {100 * hits / 60:.2f} %, loss "
    )
    for row in found:
        shares = {name: float(row[f"p({name})"]) for name in ("bad", "good")}
        assert abs(sum(shares.values()) - 1) < 1e-5
        assert row["prediction"] == max(shares, key=lambda name: shares[name])


def test_json_and_a_file(trained, tmp_path: Path):
    found = json.loads(trained("predict", "run", "things.csv", "--json").out)
    assert set(found) == {
        *("predictions", "classes", "probabilities", "unseen", "ignored", "score"),
    }
    assert len(found["predictions"]) == len(found["probabilities"]) == 60
    done = trained("predict", "run", "things.csv", "-o", "out.csv")
    assert done.out == ""
    assert done.err.endswith("\nwrote out.csv\n")
    assert pl.read_csv(tmp_path / "out.csv")["prediction"].to_list() == found["predictions"]


def test_predictions_of_a_regression(trained, tmp_path: Path):
    trained("train", "things.csv", "--target", "width", "--epochs", "2", "--run", "numbers")
    done = trained("predict", "numbers", "things.csv")
    header, *values = done.out.split()
    assert header == "prediction"
    assert all(float(value) == float(value) for value in values)
    assert len(values) == 60


def test_an_unseen_category_is_reported(trained, tmp_path: Path):
    (tmp_path / "new.csv").write_text("width,colour\n1,mauve\x1b[31m\n2,red\n")
    done = trained("predict", "run", "new.csv")
    assert done.code == 0
    assert "column 'colour' has values no training row had in 1 of 2 rows" in done.err
    assert "\x1b" not in done.err
    assert done.out.count("\n") == 3


MISTAKES = {
    "no run": (("away", "things.csv"), "no such folder"),
    "a file for a run": (("things.csv", "things.csv"), "a run folder"),
    "no file": (("run", "thing.csv"), "did you mean things.csv?"),
    "a column short": (("run", "short.csv"), "none called 'colour'"),
    "no folder": (("run", "things.csv", "-o", "away/x.csv"), "a folder that exists"),
    "a run for a file": (("run", "run"), "got a folder"),
    "a truncated checkpoint": (("cut", "things.csv"), "truncated or damaged"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(trained, tmp_path: Path, name: str):
    (tmp_path / "short.csv").write_text("width\n1\n")
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "config.toml").write_bytes((tmp_path / "run/config.toml").read_bytes())
    content = (tmp_path / "run/model.safetensors").read_bytes()
    (tmp_path / "cut" / "model.safetensors").write_bytes(content[:-20])
    before = sorted(os.listdir(tmp_path))
    words, expected = MISTAKES[name]
    assert expected in trained("predict", *words).refusal()
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_outputs_that_are_not_finite_are_refused(trained, tmp_path: Path, options: tuple[str, ...]):
    (tmp_path / "new.csv").write_text("colour,width\nred,1\nred,1e300\n")
    assert (
        "for row 2; correct these rows" in trained("predict", "run", "new.csv", *options).refusal()
    )


def test_columns_the_training_data_did_not_have_are_said(trained, tmp_path: Path):
    (tmp_path / "new.csv").write_text("note\x1b[31m,colour,width\na,red,1\n")
    done = trained("predict", "run", "new.csv")
    assert done.code == 0
    assert "note: ignored, since the training data had no such column: 'note" in done.err
    assert "\x1b" not in done.err


LABELS = {
    "dates": ("2024-01-01", "2024-02-01", "2024-03-01"),
    "zeros": ("007", "008", "010"),
    "large": ("9007199254740992", "9007199254740993", "9007199254740994"),
    "wider than 64 bits": (
        "123456789012345678901",
        "123456789012345678902",
        "2345678901234567890123",
    ),
    "exponents": ("1e5", "2e5", "3e5"),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_are_printed_as_they_stand_in_the_file(call, tmp_path: Path, name: str):
    labels = LABELS[name]
    rows = "".join(f"{i % 3}.{i},{labels[i % 3]}\n" for i in range(60))
    (tmp_path / "t.csv").write_text("a,y\n" + rows)
    words = "train t.csv --target y --epochs 40 --layers 8 --lr 0.02 --engine reference -o run"
    done = call(*words.split())
    assert done.code == 0
    too_wide = name in ("large", "wider than 64 bits")
    assert too_wide or all(label in done.out for label in labels)
    found = list(csv.DictReader(io.StringIO(call("predict", "run", "t.csv").out)))
    assert list(found[0]) == ["prediction", *(f"p({label})" for label in labels)]
    assert {row["prediction"] for row in found} <= set(labels)
    assert sum(row["prediction"] == labels[i % 3] for i, row in enumerate(found)) > 50
    config = (tmp_path / "run" / "config.toml").read_text()
    assert all(f'"{label}"' in config for label in labels)
