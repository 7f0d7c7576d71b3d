"""`chainrule explain --flow --over-time`: the gradient from step to step back in time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

RECURRENT = ["vanishing-in-time", "exploding-in-time", "lstm-by-hand", "gru-by-hand"]


@pytest.mark.parametrize("name", RECURRENT)
def test_the_norms_are_the_gradients_of_the_example(call, name):
    """The example itself is unrolled, and has h1, h2, … by name."""
    unrolled = json.loads(call("explain", name, "--json").out)
    gradients = {node["name"]: node["gradient"] for node in unrolled["nodes"]}
    found = json.loads(call("explain", name, "--flow", "--over-time", "--json").out)
    assert found["value"] == pytest.approx(unrolled["value"])
    (recurrence,) = found["flow"]["recurrences"]
    for lag in recurrence["lags"]:
        # of a cell c, only what comes back along the state; h reads it in the step itself
        assert lag["norms"]["h"] == pytest.approx(abs(gradients[f"h{lag['time'] + 1}"]))


def test_the_way_along_the_cell_is_the_product_of_forget_gates(call):
    unrolled = json.loads(call("explain", "lstm-by-hand", "--json").out)
    values = {node["name"]: node["value"] for node in unrolled["nodes"]}
    gradients = {node["name"]: node["gradient"] for node in unrolled["nodes"]}
    found = json.loads(call("explain", "lstm-by-hand", "--flow", "--over-time", "--json").out)
    (recurrence,) = found["flow"]["recurrences"]
    assert recurrence["parameters"] == ["ua", "ui", "uf", "uo"]
    slope = values["o2"] * (1 - values["h2"] ** 2 / values["o2"] ** 2)
    expected = abs(gradients["h2"]) * slope * values["f2"]
    assert recurrence["lags"][1]["carried"] == pytest.approx(expected)


def test_inputs_can_be_set(call):
    words = ("vanishing-in-time", "--flow", "--over-time", "--set", "u=0.25", "--json")
    (recurrence,) = json.loads(call("explain", *words).out)["flow"]["recurrences"]
    assert [lag["weights"] for lag in recurrence["lags"]] == [None, 0.25, 0.25, 0.25]


@pytest.mark.parametrize(
    ("file", "starts"),
    [
        ("flow.svg", b"<?xml"),
        ("flow.png", b"\x89PNG"),
        ("flow.html", b"<!doctype html>"),
        ("flow.tex", b"\\documentclass"),
        ("flow.json", b"{"),
        ("flow.txt", b"lstm-by-hand"),
    ],
)
@pytest.mark.parametrize("wrt", [[], ["--wrt", "uf"]])
def test_every_form(call, tmp_path: Path, file, starts, wrt):
    done = call("explain", "lstm-by-hand", "--flow", "--over-time", *wrt, "-o", file)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {file}\n")
    assert (tmp_path / file).read_bytes().startswith(starts)


def test_uses_of_a_weight_by_lag(call):
    done = call("explain", "lstm-by-hand", "--flow", "--over-time", "--wrt", "ui")
    assert max(map(len, done.out.splitlines())) <= 80
    assert "USES  ui is used 2 times" in done.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["xor", "--flow", "--over-time"], "--over-time: expected a network with a recurrence"),
        (["x*y", "x=1", "y=2", "--flow", "--over-time"], "got x*y, which has none"),
        (["lstm-by-hand", "--over-time"], "--over-time: expected --flow with it, got none"),
        (["lstm-by-hand", "--flow", "--over-time", "--wrt", "zz"], "wrt: expected one of"),
        (["lstm-by-hand", "--flow", "--over-time", "--set", "q=1"], "input of lstm-by-hand"),
    ],
)
def test_mistakes_are_one_line(call, words, says):
    assert says in call("explain", *words).refusal()
