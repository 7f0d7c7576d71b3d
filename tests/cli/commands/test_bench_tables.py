"""`chainrule bench --tables`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.command import process


@pytest.mark.slow
def test_a_table_is_compared_and_the_files_are_written(tmp_path: Path):
    folder = tmp_path / "results"
    words = ["bench", "--tables", "--table", "iris", "--repetitions", "1", "-o", str(folder)]
    done = process(*words, "--json")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert [one["table"] for one in found["tables"]] == ["iris"]
    assert json.loads((folder / "tables.json").read_text()) == found
    assert (folder / "tables.md").read_text().startswith("## Tuned on\n\n| table |")
    assert "next iris: chainrule, split 1 of 1" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--table", "iris"], "expected no --table without --tables"),
        (["--tables", "--commands"], "expected no --commands with --tables"),
        (["--tables", "--table", "iri"], "iris"),
        (["--tables", "--repetitions", "0"], "expected one split or more"),
    ],
)
def test_what_does_not_apply_is_refused(words: list[str], message: str):
    done = process("bench", *words)
    assert done.code == 2
    assert message in done.err
