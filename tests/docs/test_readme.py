"""The commands in the README print what the README shows."""

from __future__ import annotations

import re
import shlex
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest

from cli.command import process

TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SESSIONS = [
    session.group(1, 2)
    for block in re.findall(r"^```console\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
    for session in re.finditer(r"^\$ chainrule ([^\n]*)\n(.*?)(?=^\$ |\Z)", block, re.M | re.S)
]
OF_A_RUN = re.compile(r"\bruns/|^train ")
"""The last digits of trained networks differ between machines."""


@pytest.mark.parametrize(
    ("words", "shown"), [s for s in SESSIONS if not OF_A_RUN.search(s[0])], ids=lambda text: text
)
def test_output_of_a_command(words: str, shown: str):
    done = process(*shlex.split(words))
    assert done.err == ""
    assert OutputChecker().check_output(shown, done.out, ELLIPSIS), done.out


def test_the_two_make_commands_come_first():
    before, _, after = TEXT.partition("## Set up")
    assert "make train" not in before
    assert re.search(r"^make train .*\nmake test ", after.partition("\n## ")[0], re.MULTILINE)
