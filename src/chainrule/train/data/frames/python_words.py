"""Remedies in the words of Python: keywords in place of the options of a command."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chainrule.errors import ChainruleError, DataError

__all__ = ["as_keywords", "in_python_words"]

FLAGS = ("require-target",)
"""Options without a value."""

NO_FILE = {
    "correct the file": "correct these cells",
    "check that it was written in full": "bring one row or more",
}
"""Remedies for files, and what to do about a data frame instead."""

_option = re.compile(r"--([a-z]+(?:-[a-z]+)*)(?:[ =]('[^']*'|[^\s;,]+(?:,[^\s;,]+)*))?").sub


@contextmanager
def in_python_words() -> Iterator[None]:
    """Let errors speak of keywords where they would speak of options of the command line."""
    try:
        yield
    except ChainruleError as error:
        fix = error.fix if isinstance(error, DataError) else ()
        remedy = f"add {_keywords(fix)}" if fix else as_keywords(error.remedy)
        remedy = NO_FILE.get(remedy, remedy)
        if remedy != error.remedy:
            line = f"{error.where}: expected {error.expected}, got {error.got}; {remedy}"
            error.remedy, error.args = remedy, (line,)
        raise


def as_keywords(text: str) -> str:
    """A sentence with keywords in place of options.

    >>> as_keywords("if they are codes, --categorical zip")
    'if they are codes, categorical="zip"'
    >>> as_keywords("remove these rows, or leave --require-target out")
    'remove these rows, or leave require_target out'
    """
    return _option(_keyword, text)


def _keyword(found: re.Match[str]) -> str:
    name, value = found[1], found[2]
    if name in FLAGS or value is None:
        flag = name.replace("-", "_")
        return f"{flag} {value}" if value else flag
    return f"{name.replace('-', '_')}={_quoted(shlex.split(value)[0])}"


def _keywords(fix: Sequence[str]) -> str:
    """The words that would be added to a command as keywords; those of one name are a list.

    >>> _keywords(["--drop", "a", "--missing=inf", "--drop", "b"])
    'drop=["a", "b"], missing="inf"'
    """
    values: dict[str, list[str]] = {}
    words = iter(fix)
    for word in words:
        name, _, value = word.removeprefix("--").partition("=")
        if name not in FLAGS:
            values.setdefault(name, []).append(value or next(words, ""))
        else:
            values.setdefault(name, [])
    return ", ".join(f"{name.replace('-', '_')}={_written(v)}" for name, v in values.items())


def _written(values: list[str]) -> str:
    if not values:
        return "True"
    quoted = list(map(_quoted, values))
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"


def _quoted(text: str) -> str:
    return (
        f'"{text}"' if text.isprintable() and '"' not in text and "\\" not in text else repr(text)
    )
