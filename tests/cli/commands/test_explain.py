"""`chainrule explain`: output forms, output files, and mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.command import process

EXPRESSION = ("q = x + y; f = q * z", "x=-2", "y=5", "z=-4")


def test_an_expression(call):
    done = call("explain", *EXPRESSION)
    assert (done.code, done.err) == (0, "")
    for words in ("FORWARD PASS", "BACKWARD PASS", "CHAIN RULE", "-12"):
        assert words in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_an_example_by_name(call):
    done = call("explain", "add-multiply")
    assert done.code == 0
    assert "-12" in done.out


def test_json_is_one_object_and_nothing_else():
    done = process("explain", *EXPRESSION, "--format", "json", "--lr", "0.5")
    found = json.loads(done.out)
    assert done.err == ""
    assert (found["output"], found["value"]) == ("f", -12.0)
    assert found["gradients"] == {"x": -4.0, "y": -4.0, "z": 3.0, "q": -4.0, "f": 1.0}
    assert found["updates"]["x"] == {
        "old": -2.0,
        "gradient": -4.0,
        "learning_rate": 0.5,
        "new": 0.0,
    }


def test_json_is_short_for_format_json(call):
    assert call("explain", *EXPRESSION, "--json").out == call(
        "explain", *EXPRESSION, "--format=json"
    ).out  # fmt: skip


def test_no_terminal_codes_in_a_pipe(call):
    for form in ("text", "latex", "json"):
        assert "\x1b" not in call("explain", "two-two-two", "--format", form).out


@pytest.mark.parametrize("form", ["text", "json", "latex", "html"])
def test_every_form_by_the_ending_of_the_file(call, tmp_path: Path, form: str):
    suffix = {"text": "txt", "json": "json", "latex": "tex", "html": "html"}[form]
    printed = call("explain", *EXPRESSION, "--format", form)
    done = call("explain", *EXPRESSION, "-o", f"out.{suffix}")
    assert done.out == ""
    assert done.err == f"wrote out.{suffix}\n"
    written = (tmp_path / f"out.{suffix}").read_text(encoding="utf-8")
    assert written == printed.out
    assert written.endswith("\n")
    if form == "json":
        json.loads(written)
    if form == "latex":
        assert "\\partial" in written
    if form == "html":
        assert written.startswith('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">')
        ElementTree.fromstring(written[written.index("<main>") : written.index("</main>") + 7])


def test_options(call):
    only = call("explain", *EXPRESSION, "--wrt", "x", "--wrt", "z").out
    assert "∂f/∂x" in only
    digits = call("explain", "sigmoid(x)", "x=1", "--digits", "9").out
    assert "0.731058579" in digits
    changed = call("explain", "add-multiply", "--set", "x=3").out
    assert changed != call("explain", "add-multiply").out
    gates = call("explain", "q = x*y + x; f = q*q", "x=1", "y=2", "--steps", "gates").out
    names = call("explain", "q = x*y + x; f = q*q", "x=1", "y=2", "--steps", "names").out
    assert len(gates) > len(names)


MISTAKES = {
    "unknown name": (("f = x * yy", "x=1", "y=2"), "yy"),
    "no value": (("f = x * y", "x=1"), "y"),
    "forbidden": (("__import__('os')",), "nothing is executed"),
    "attribute": (("x.real", "x=1"), "x.real"),
    "tower": (("10**10**10",), "below 1.8e308"),
    "division": (("f = x / y", "x=1", "y=0"), "f = x/y"),
    "logarithm": (("f = log(x)", "x=-1"), "f = log(x)"),
    "overflow": (("f = exp(x)", "x=1000"), "f = e^x"),
    "matmul": (("f = A @ B", "A=[[1,2]]", "B=[[1,2]]"), "(1, 2)"),
    "syntax": (("f = = 3",), "f = = 3"),
    "nothing": (("",), "at least one statement"),
    "example": (("two-two-tow",), "did you mean"),
    "format": ((*EXPRESSION, "--format", "yaml"), "expected one of text, json, latex, html"),
    "wrt": ((*EXPRESSION, "--wrt", "k"), "got 'k'"),
    "digits": ((*EXPRESSION, "--digits", "99"), "digits"),
    "rate": ((*EXPRESSION, "--lr", "-1"), "learning rate"),
    "steps": ((*EXPRESSION, "--steps", "all"), "gates, names"),
    "value": (("f = x", "x=abc"), "a finite number"),
    "infinite": (("f = x", "x=1e999"), "a finite number"),
    "list for a number": (("add-multiply", "--set", "x=[1,2]"), "x: expected a finite number"),
    "name over lines": ((*EXPRESSION, "--wrt", "x\nq"), "wrt: expected one of x, y, z, q, f"),
    "rate with a comma": ((*EXPRESSION, "--lr", "0,5"), "write 0.5"),
    "many digits": ((*EXPRESSION, "--digits", "9" * 5000), "--digits"),
    "long rate": ((*EXPRESSION, "--lr", "9" * 5000), "--lr"),
    "long name": ((*EXPRESSION, "--wrt", "9" * 5000), "wrt: expected one of"),
    "long index": ((*EXPRESSION, "--wrt", f"x[{'9' * 5000}]"), "wrt: expected one of"),
    "long value": (("f = x", f"x={'9' * 5000}"), "a finite number"),
    "learn without a rate": ((*EXPRESSION, "--learn", "x"), "add --lr"),
    "repeat without a rate": ((*EXPRESSION, "--repeat", "3"), "add --lr"),
    "learn of nothing": ((*EXPRESSION, "--lr", "1", "--learn", "k"), "learn: expected one of"),
    "inputs of nothing": ((*EXPRESSION, "--lr", "1", "--inputs", "k"), "inputs: expected one of"),
    "no sign": (("f = x", "x"), "name=number"),
    "decimal comma": (("f = x", "x=0,5"), "write 0.5; a comma separates the entries of [0, 5]"),
    "product": (("xy", "x=1", "y=2"), "write x*y for the product"),
    "twice": (("f = x", "x=1", "--set", "x=2"), "one value for x"),
    "set of nothing": (("add-multiply", "--set", "k=2"), "k"),
    "no folder": ((*EXPRESSION, "-o", "nowhere/x.txt"), "a file in a folder that exists"),
    "a folder": ((*EXPRESSION, "-o", "."), "a file in a folder that exists"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(call, tmp_path: Path, name: str):
    words, expected = MISTAKES[name]
    message = call("explain", *words).refusal()
    assert expected in message
    assert len(message) < 600
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("x²", "x=3"), "f = x^2 = 3^2 = 9"),
        (("x-y", "x=3", "y=1/2"), "f = x - y = 3 - 0.5 = 2.5"),
        (("w₁·x₁", "w₁=2", "x1=−3"), "f = w1·x1 = 2·(-3) = -6"),
        (("λ·|w|", "λ=1/2", "w=-4"), "f = λ·f1 = 0.5·4 = 2"),
        (("sum(v)", "v=[1/2, 2]"), "f = v[0] + v[1] = 0.5 + 2 = 2.5"),
    ],
)
def test_notation_in_expressions_and_values(call, words, shown):
    assert shown in call("explain", *words).out


@pytest.mark.parametrize(
    ("form", "lines"),
    [
        ("text", "q = x + y\nf = q·z\n\nGIVEN"),
        ("latex", "q = x + y\\\\ f = q$\\cdot$z}"),
        ("html", "<h1>q = x + y<br/>f = q·z</h1>"),
        ("svg", ">q = x + y</text><text"),
    ],
)
def test_statements_on_lines_of_their_own_stay_so(call, form, lines):
    typed = "\n  q = x + y\n\n  f = q·z\n"
    done = call("explain", typed, "x=1", "y=2", "z=3", "--format", form)
    assert (done.code, done.err) == (0, "")
    assert lines in done.out


def names(done) -> list[str]:
    return [node["name"] for node in json.loads(done.out)["nodes"]]


def test_several_names_in_one_option(call):
    once = call("explain", *EXPRESSION, "--wrt", "x,z", "--json")
    assert once.out == call("explain", *EXPRESSION, "--wrt", "x", "--wrt", "z", "--json").out
    assert "y" not in names(once)
    arrays = ("f = sum(w @ x)", "w=[[1, 2], [3, 4]]", "x=[5, 6]", "--json")
    found = names(call("explain", *arrays, "--wrt", "w[1, 0],x[1]"))
    assert "w[1, 0]" in found
    assert "w[0, 0]" not in found


def test_inputs_and_targets_are_not_updated(call):
    network = ("(σ(w·x + b) − t)²", "w=2", "x=-1", "b=1/2", "t=1", "--lr", "1/2", "--json")
    for words, expected in (
        ((), {"w", "b"}),
        (("--learn", "x,w"), {"x", "w"}),
        (("--inputs", "b"), {"w"}),
    ):
        assert json.loads(call("explain", *network, *words).out)["updates"].keys() == expected
    repeated = json.loads(call("explain", *network, "--repeat", "5").out)["descent"]
    values = [step["value"] for step in repeated]
    assert len(values) == 6
    assert values == sorted(values, reverse=True)
    example = ("sigmoid-circuit", "--lr", "1", "--json")
    assert json.loads(call("explain", *example).out)["updates"].keys() == {"w0", "w1", "w2"}


@pytest.mark.parametrize(
    "words",
    [
        ("dead-relu", "--set", "x1=1e308", "--engine", "reference"),
        (*EXPRESSION, "--lr", "1e300"),
        ("w^4", "w=1e10", "--lr", "1e300", "--repeat", "9"),
        ("exploding-chain", "--lr", "1e300"),
    ],
)
def test_json_stays_json_with_numbers_that_are_not_finite(call, words):
    def refused(constant: str) -> None:
        raise AssertionError(constant)

    done = call("explain", *words, "--json")
    assert done.code == 0
    assert json.loads(done.out, parse_constant=refused)


@pytest.mark.parametrize("source", [EXPRESSION, ("two-two-two",)])
@pytest.mark.parametrize("form", ["text", "latex", "html", "svg"])
def test_a_title_of_one_s_own(call, source, form):
    done = call("explain", *source, "--title", "Weights & biases", "--format", form)
    assert (done.code, done.err) == (0, "")
    escaped = {"text": "&", "latex": "\\&"}.get(form, "&amp;")
    assert f"Weights {escaped} biases" in done.out
    assert "two-two-two" not in done.out


def test_a_circuit_that_is_too_wide_is_said_to_be(call):
    assert "too wide for 80 columns: -o graph.svg draws it" in call("explain", "two-two-two").out
    assert "too wide" not in call("explain", *EXPRESSION).out


def test_messages_contain_no_terminal_codes(call):
    assert "\x1b" not in call("explain", "f = x", "\x1b[31m=1").refusal()
    assert "\x1b" not in call("explain", "f = x", "x=1", "-o", "\x1b[2J/x").refusal()


@pytest.mark.skipif(os.name == "nt", reason="bytes as arguments")
def test_arguments_that_are_not_utf8(call, tmp_path: Path):
    call("explain", "\udcff").refusal()
    done = call("explain", *EXPRESSION, "-o", "\udcff.txt")
    assert done.code == 0
    assert os.listdir(tmp_path) == ["\udcff.txt"]


def test_a_failing_write_leaves_the_old_file(call, tmp_path: Path, monkeypatch):
    (tmp_path / "notes.txt").write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = call("explain", *EXPRESSION, "-o", "notes.txt").refusal()
    assert "notes.txt (No space left on device)" in message
    assert os.listdir(tmp_path) == ["notes.txt"]
    assert (tmp_path / "notes.txt").read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_link_stays_a_link(call, tmp_path: Path):
    (tmp_path / "real.txt").write_text("old")
    (tmp_path / "link.txt").symlink_to("real.txt")
    assert call("explain", *EXPRESSION, "-o", "link.txt").code == 0
    assert (tmp_path / "link.txt").is_symlink()
    assert "FORWARD PASS" in (tmp_path / "real.txt").read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no such device")
def test_a_device_is_written_to():
    assert "FORWARD PASS" in process("explain", *EXPRESSION, "-o", "/dev/stdout").out


def test_a_fragment_is_latex_without_a_document(call, tmp_path: Path):
    done = call("explain", *EXPRESSION, "--fragment")
    assert done.code == 0
    assert "documentclass" not in done.out
    assert done.out.startswith("% needs \\usepackage{amsmath}\n")
    call("explain", *EXPRESSION, "--fragment", "-o", "part.tex")
    assert Path("part.tex").read_text() == done.out


@pytest.mark.parametrize("form", [["--json"], ["--format", "html"], ["-o", "page.html"]])
def test_only_latex_has_fragments(call, form: list[str]):
    done = call("explain", *EXPRESSION, "--fragment", *form)
    assert done.code == 2
    assert "fragment" in done.err
    assert "--format latex" in done.err


def test_a_page_that_is_too_large_leaves_nothing_behind(call, tmp_path: Path, monkeypatch):
    from chainrule.explain.render.html import document

    monkeypatch.setattr(document, "LARGEST", 50_000)
    done = call("explain", "two-two-two", "-o", "page.html")
    assert done.code == 2
    assert "page: expected at most 0.05 MB of HTML" in done.err
    assert "wrt" in done.err
    assert list(tmp_path.iterdir()) == []


def test_an_expression_longer_than_any_path(call):
    done = call("explain", " + ".join(["x"] * 300), "x=1", "--wrt", "x", "--steps", "names")
    assert (done.code, done.err) == (0, "")
    assert "300" in done.out
