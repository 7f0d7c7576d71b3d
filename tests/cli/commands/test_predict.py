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
    assert (done.code, done.err) == (0, "")
    found = list(csv.DictReader(io.StringIO(done.out)))
    assert list(found[0]) == ["prediction", "p(bad)", "p(good)"]
    truth = [row.rpartition(",")[2] for row in ROWS]
    hits = sum(row["prediction"] == true for row, true in zip(found, truth, strict=True))
    assert hits > 50
    for row in found:
        shares = {name: float(row[f"p({name})"]) for name in ("bad", "good")}
        assert abs(sum(shares.values()) - 1) < 1e-5
        assert row["prediction"] == max(shares, key=lambda name: shares[name])


def test_json_and_a_file(trained, tmp_path: Path):
    found = json.loads(trained("predict", "run", "things.csv", "--json").out)
    assert set(found) == {"predictions", "classes", "probabilities"}
    assert len(found["predictions"]) == len(found["probabilities"]) == 60
    done = trained("predict", "run", "things.csv", "-o", "out.csv")
    assert (done.out, done.err) == ("", "wrote out.csv\n")
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
    assert "column 'colour' has values no training row had" in done.err
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
