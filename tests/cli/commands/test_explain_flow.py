"""`chainrule explain --paths` and `--flow` of expressions, examples and runs, and mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from train.run_cases import write_csv

NEURON = ("sigmoid(w2*sigmoid(w1*x))", "x=1", "w1=0.5", "w2=2")


def test_paths_of_an_example(call):
    done = call("explain", "two-two-two", "--wrt", "w1", "--paths", 5)
    assert (done.code, done.err) == (0, "")
    assert "∂E_total/∂w1 = 0.000438568, over 2 paths" in done.out
    assert "E_total ← E_o2 ← out_o2 ← net_o2 ← out_h1 ← net_h1 ← w1" in done.out


def test_paths_in_json(call):
    done = call("explain", "two-two-two", "--wrt", "w1", "--paths", 1, "--json")
    found = json.loads(done.out)["paths"]["w1"]
    assert found["count"] == "2"
    assert len(found["top"]) == 1
    assert found["remainder"] == found["negative"] == pytest.approx(-0.000229828, abs=1e-9)


def test_paths_of_an_expression(call):
    done = call("explain", *NEURON, "--paths", 3)
    assert done.code == 0
    assert "over 1 path\n" in done.out


def test_the_gain_of_each_layer_of_a_chain(call):
    done = call("explain", "vanishing-chain", "--flow")
    assert (done.code, done.err) == (0, "")
    assert "f2 → f1  × 0.235004  = 0.001504  activation" in done.out
    assert "f1 → x   × 0.5       = 0.000752  weights w1" in done.out
    assert "15500, the norm at x" in call("explain", "exploding-chain", "--flow").out


@pytest.mark.parametrize("name", ["two-two-two", "two-two-one-nn", "dead-relu", "xor", "zero-init"])
def test_every_example_with_layers(call, name):
    done = call("explain", name, "--flow")
    assert (done.code, done.err) == (0, "")
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_page_has_the_picture(call, tmp_path):
    page = tmp_path / "flow.html"
    assert call("explain", "vanishing-chain", "--flow", "-o", page).code == 0
    assert 'src="data:image/svg+xml;base64,' in page.read_text(encoding="utf-8")
    assert call("explain", "2*x", "x=0", "--flow", "--wrt", "x", "-o", page).code == 0


def test_flow_in_json(call):
    done = call("explain", *NEURON, "--flow", "--json")
    found = json.loads(done.out)
    assert list(found) == ["output", "value", "flow"]
    assert [layer["parameters"] for layer in found["flow"]["layers"]] == [["w2"], ["w1"]]


@pytest.mark.parametrize(
    ("file", "starts"),
    [
        ("flow.svg", b"<?xml"),
        ("flow.png", b"\x89PNG"),
        ("flow.html", b"<!doctype html>"),
        ("flow.tex", b"\\documentclass"),
        ("flow.json", b"{"),
        ("flow.txt", b"two-two-two"),
    ],
)
@pytest.mark.parametrize("wrt", [[], ["--wrt", "w1"]])
def test_flow_in_every_form(call, tmp_path: Path, file, starts, wrt):
    done = call("explain", "two-two-two", "--flow", *wrt, "-o", file)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {file}\n")
    assert (tmp_path / file).read_bytes().startswith(starts)


def test_a_picture_is_printed_as_text(call):
    ElementTree.fromstring(call("explain", "two-two-two", "--flow", "--format", "svg").out)


def test_a_run(call, tmp_path: Path):
    write_csv(tmp_path / "table.csv")
    options = "--target kind --epochs 3 --layers 6,5 --run run --seed 1 --engine reference --json"
    assert call("train", "table.csv", *options.split()).code == 0
    done = call("explain", "run", "--flow")
    assert done.code == 0, done.err
    assert "layers.2.weight" in done.out
    entry = json.loads(call("explain", "run", "--json").out)["nodes"]
    weight = next(node["name"] for node in entry if "weight" in node["name"])
    done = call("explain", "run", "--wrt", weight, "--flow")
    assert f"∂{weight}" in " ".join(done.out.split())
    done = call("explain", "run", "--wrt", weight, "--paths", 10, "--json")
    found = json.loads(done.out)["paths"][weight]
    assert int(found["count"]) >= len(found["top"])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--paths", "-1"], "paths: expected a whole number from 0 to 1000, got -1"),
        (["--flow", "--paths", "3"], "--paths: expected an explanation, got --flow"),
        (["--flow", "--lr", "1"], "--lr: expected an explanation, got --flow"),
        (["--flow", "--digits", "-2"], "digits: expected a whole number between 0 and 17"),
        (["--flow", "--format", "png"], "output: expected a file for the picture"),
        (
            ["--flow", "--wrt", "w1", "--wrt", "w2", "-o", "a.png"],
            "wrt: expected one entry to draw",
        ),
        (["--flow", "--wrt", "w99"], "wrt: expected one of i1, i2"),
        (["-o", "a.png"], "format: expected text, json, latex, html or svg, got png"),
    ],
)
def test_mistakes_are_one_line(call, tmp_path: Path, words, says):
    done = call("explain", "two-two-two", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert not (tmp_path / "a.png").exists()
