"""`chainrule explain` of a run: a weight of a trained network, for rows held out from it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from chainrule.cli.arguments.run_samples import is_run, parse_rows
from chainrule.errors import OptionError
from chainrule.train.options import RunOptions
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import on, write_csv


@pytest.fixture
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    settings = RunOptions(layers=(12, 12), epochs=1)
    with TrainingRun.start(
        on(write_csv(folder / "things.csv"), settings), folder / "run"
    ) as project:
        project.train()
    return folder / "run"


def test_default_row_and_weight(call, run: Path):
    done = call("explain", run)
    assert (done.code, done.err) == (0, "")
    first, _ = done.out.split("\n", 1)
    assert first.startswith("The gradient of layers.0.weight[")
    assert "the one it gets most wrong" in " ".join(done.out.split())
    for words in ("FORWARD PASS", "z1[", "a1[", "z2[", "BACKWARD PASS", "CHAIN RULE"):
        assert words in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_one_weight_and_one_row(call, run: Path):
    words = ("explain", run, "--sample", "3", "--wrt", "layers.0.weight[5, 1]", "--lr", "0.1")
    found = json.loads(call(*words, "--json").out)
    assert list(found["updates"]) == ["layers.0.weight[5, colour=blue]"]
    update = found["updates"]["layers.0.weight[5, colour=blue]"]
    assert update["gradient"] == found["gradients"]["layers.0.weight"][5][1]
    assert "for row 3 held out" in call(*words).out


def test_the_mean_of_several(call, run: Path):
    words = ("--wrt", "layers.0.weight[5, 1]", "--json")
    several = call("explain", run, "--sample", "3", "--sample", "5-6", *words)
    found = json.loads(several.out)
    back = next(
        node for node in found["nodes"] if node["name"] == "layers.0.weight[5, colour=blue]"
    )
    assert [c["via"] for c in back["contributions"]] == [f"z1[{row}, 5]" for row in range(3)]
    single = [json.loads(call("explain", run, "--sample", s, *words).out) for s in "356"]
    assert found["value"] == pytest.approx(sum(one["value"] for one in single) / 3)


@pytest.mark.parametrize("suffix", ["txt", "json", "tex", "html", "svg"])
def test_in_every_form(call, run: Path, tmp_path: Path, suffix: str):
    done = call("explain", run, "-o", f"out.{suffix}")
    assert (done.code, done.err) == (0, f"wrote out.{suffix}\n")
    assert (tmp_path / f"out.{suffix}").stat().st_size > 1000


MISTAKES = {
    "sample": (("--sample", "99"), "a row between 0 and 11, got 99"),
    "no number": (("--sample", "x"), "a range such as 0-31"),
    "backwards": (("--sample", "5-2"), "a range such as 0-31"),
    "endless": (("--sample", "0-999999999"), "a range such as 0-31"),
    "parameter": (("--wrt", "layers.0.wieght[0, 0]"), "did you mean layers.0.weight"),
    "layer": (("--wrt", "layers.9.bias[0]"), "did you mean"),
    "entry": (("--wrt", "layers.0.weight[99, 0]"), "of shape (12, "),
    "axes": (("--wrt", "layers.0.weight[1]"), "of shape (12, "),
    "values": (("x=3",), "a run alone"),
    "nowhere": (("-o", "nowhere/out.txt"), "a file in a folder that exists"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line_and_leaves_nothing(call, run: Path, tmp_path: Path, name: str):
    words, expected = MISTAKES[name]
    output = () if "-o" in words else ("-o", "out.txt")
    assert expected in call("explain", run, *words, *output).refusal()
    assert os.listdir(tmp_path) == []


def test_sources_that_are_no_run(call, tmp_path: Path):
    (tmp_path / "runs").mkdir()
    assert "a run folder" in call("explain", "runs/digits").refusal()
    assert "no config.toml in it" in call("explain", "runs").refusal()
    assert "a run folder" in call("explain", "two-two-two", "--sample", "3").refusal()
    assert call("explain", "runs * 2", "runs=3").code == 0
    assert call("explain", "runs", "runs=3").code == 0
    assert not is_run("a/b", {"a": 1.0, "b": 2.0})


def test_rows():
    assert parse_rows(["3", " 5 - 7 "]) == [3, 5, 6, 7]
    for wrong in ("", "-1", "1.5", "1,2", "4-3", "²"):
        with pytest.raises(OptionError):
            parse_rows([wrong])
