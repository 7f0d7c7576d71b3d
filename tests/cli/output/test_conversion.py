"""PDF and PNG by programs on the machine, or a refusal before any work."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from chainrule.cli.output import conversion

EXPRESSION = ("q = x + y; f = q * z", "x=-2", "y=5", "z=-4")

with_browser = pytest.mark.skipif(
    not any(map(shutil.which, conversion.BROWSERS)), reason="no browser on this machine"
)


@with_browser
@pytest.mark.parametrize(
    ("words", "file", "begins"),
    [
        (EXPRESSION, "notes.pdf", b"%PDF"),
        (EXPRESSION, "graph.png", b"\x89PNG"),
        (("two-two-two", "--edges", "weight"), "network.pdf", b"%PDF"),
        (("two-two-two", "--edges", "weight"), "network.png", b"\x89PNG"),
        (("vanishing-chain", "--flow"), "flow.pdf", b"%PDF"),
    ],
)
def test_files_of_these_forms(call, tmp_path: Path, words, file, begins):
    done = call("explain", *words, "-o", file)
    assert (done.code, done.out, done.err) == (0, "", f"wrote {file}\n")
    assert os.listdir(tmp_path) == [file]
    assert (tmp_path / file).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("notes.pdf", "expected pdflatex or Chromium on this machine, which would write the PDF"),
        ("graph.png", "expected Chromium on this machine, which would write the PNG"),
        ("notes.docx", "expected a file that ends in one of .txt"),
        ("notes.jpg", "got notes.jpg; choose one of those"),
    ],
)
def test_refused_before_any_work(call, tmp_path: Path, monkeypatch, file, says):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / file).write_text("old")
    # the expression is wrong as well: the file is refused first
    assert says in call("explain", "nonsense(", "-o", file).refusal()
    assert (tmp_path / file).read_text() == "old"


@pytest.mark.skipif(os.name == "nt", reason="a script as a program")
def test_a_program_that_fails_leaves_the_old_file(call, tmp_path: Path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "chromium"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    (tmp_path / "graph.png").write_text("old")
    assert (
        "to write the file, got no file"
        in call("explain", *EXPRESSION, "-o", "graph.png").refusal()
    )
    assert (tmp_path / "graph.png").read_text() == "old"


def test_forms_without_a_file(call):
    for form in ("pdf", "png"):
        assert f"add -o graph.{form}" in call("explain", *EXPRESSION, "--format", form).refusal()
