"""Words of our own for things that have names stay out: CONTRIBUTING.md has the field's terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "chainrule"

EVERYWHERE = {
    r"teams?|teamwork": "thread pool, threads",
    r"meetings?|(?:they|all|threads) meet": "barrier",
    r"announc(?:e[sd]?|ing)": "prefetch",
    r"absorb(?:s|ed|ing)?|absorption": "epilogue fusion",
    r"turned": "transposed",
    r"l(?:ies?|ying|ay) by (?:rows|columns)": "row-major, column-major",
    r"stretch(?:es)?": "region, range, slice",
    r"told|telling": "selected, shown, reported",
    r"whence|whoever|thereof|wherein": "plain words",
    r"opening two": "plain words",
}
"""What no file says, as a pattern of whole words, and what to say instead."""

IN_THE_ENGINE = {
    r"helpers?": "worker",
    r"(?<!ast\.)walk(?:s|ed|ing|able)?": "traverse, loop over, access pattern",
    r"rooms?": "buffer, scratch memory, space",
    r"the machine(?! code)(?:'s)?": "interpreter",
    r"maps?(?!\()": "elementwise operation",
    r"finish(?:es)?": "epilogue",
}
"""The same for the rooms in which these words have another meaning or none."""

ENGINE = [CODE / "engine", CODE / "program", ROOT / "tests" / "engine", ROOT / "tests" / "program"]


def pages() -> Iterator[Path]:
    for folder in (ROOT / "src", ROOT / "tests"):
        yield from folder.rglob("*.py")
    yield from (ROOT / "docs").glob("*.md")
    yield from (ROOT / "docs").glob("*.py")
    yield from (page for page in ROOT.glob("*.md") if page.name != "CONTRIBUTING.md")


PAGES = [page for page in sorted(pages()) if page != Path(__file__)]


def found(text: str, words: dict[str, str]) -> list[str]:
    """The lines with such a word, also as a part of a name, and what to say there."""
    return [
        f"line {text.count(chr(10), 0, match.start()) + 1}: {match.group()!r}: say {better}"
        for pattern, better in words.items()
        for match in re.finditer(rf"(?<![a-zA-Z])(?:{pattern})(?![a-zA-Z])", text, re.I)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_words_of_the_field(page):
    text = page.read_text(encoding="utf-8")
    words = dict(EVERYWHERE)
    if any(folder in page.parents for folder in ENGINE):
        words |= IN_THE_ENGINE
    assert found(text, words) == []


def test_words_are_found_within_names():
    assert len(found("def lies_turned(x): ...", EVERYWHERE)) == 1
    assert found("def returned(x): ...", EVERYWHERE) == []
