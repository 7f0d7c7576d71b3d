"""A text as data to learn from: read, divided by position, and encoded in windows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from chainrule.domains.text.options import TextOptions
from chainrule.domains.text.texts.coder import TextCoder
from chainrule.domains.text.texts.tokens import UNKNOWN, Kind, Vocabulary, split
from chainrule.domains.text.texts.windows import windows
from chainrule.errors import DataError, RunError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.encoded_answers import unscaled
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.reading.content.regular_file import read_content
from chainrule.train.data.reading.memory_limit import default_limit
from chainrule.train.runs.domain import Material

__all__ = ["Text", "divided", "load_text", "read_text", "reload_text", "tokens_of"]

FEWEST = 20
"""The fewest tokens of a text."""

USUAL_WINDOW = {"characters": 64, "words": 32, "bytes": 64}


@final
@dataclass(frozen=True)
class Text:
    """A text under the name of its file; its content is bytes where bytes are its tokens."""

    name: str
    content: str | bytes

    def fingerprint(self) -> str:
        """SHA-256 of the content."""
        content = self.content
        return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def read_text(file: str, kind: Kind, memory: int | None = None) -> Text:
    """The text in a file: UTF-8, with line ends as in Unix, or bytes as they are.

    Raises DataError for a file that does not exist, is empty, or is no text.
    """
    path = Path(file)
    content = _content(path, memory)
    if not content:
        raise DataError(file, expected="a text to learn from", got="an empty file")
    if kind == "bytes":
        return Text(path.stem, content)
    if b"\0" in content:
        raise DataError(
            file,
            expected="a text",
            got=f"a binary file: a zero byte at {content.index(0):,}",
            remedy="learn it as --tokens bytes",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            file,
            expected="a text in UTF-8",
            got=f"the byte 0x{content[error.start]:02x} at {error.start:,}, which is not",
            remedy="convert it with iconv -t UTF-8, or learn it as --tokens bytes",
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text:
        raise DataError(file, expected="a text to learn from", got="nothing but a mark of UTF-8")
    return Text(path.stem, text)


def _content(path: Path, memory: int | None) -> bytes:
    if path.is_dir():
        raise DataError(
            str(path), expected="a text file", got="a folder", remedy="name a file in it"
        )
    if not path.exists():
        raise DataError(str(path), expected="a text file", got="no such file")
    return read_content(path, default_limit() if memory is None else memory)


def load_text(options: TextOptions, memory: int | None = None) -> Material:
    """The text that the options name, as windows of its three parts."""
    text = read_text(options.source, options.tokens, memory)  # type: ignore[arg-type]
    return _material(options, text, None)


def reload_text(
    options: TextOptions, coder: TextCoder, fingerprint: str, memory: int | None = None
) -> Material:
    """The same text again.  Raises RunError where it has changed."""
    text = read_text(options.source, coder.vocabulary.kind, memory)
    found = text.fingerprint()
    if found != fingerprint:
        raise RunError(
            f"resume with {options.source}",
            expected=f"the text this run began with ({fingerprint[:12]}…)",
            got=f"another ({found[:12]}…)",
            remedy="restore the file, or start a new run",
        )
    return _material(options, text, coder)


def divided(count: int, options: TextOptions) -> tuple[slice, slice, slice]:
    """Which of so many tokens are for training, validation and test: one behind the other.

    >>> divided(100, TextOptions("book.txt"))
    (slice(0, 81, None), slice(81, 90, None), slice(90, 100, None))
    """
    test = round(count * options.test_fraction)
    validation = round((count - test) * options.validation_fraction)
    ends = count - test - validation, count - test, count
    return slice(0, ends[0]), slice(ends[0], ends[1]), slice(ends[1], ends[2])


def tokens_of(material: Material, part: str) -> Array:
    """The tokens of one part of the data again, from its windows."""
    x, y = (getattr(getattr(material.dataset, part), one) for one in "xy")
    if not len(x):
        return x.reshape(-1)
    return np.concatenate([x[0, :1], x[:, 1:][y > 0]])


def _material(options: TextOptions, text: Text, coder: TextCoder | None) -> Material:
    content, kind = text.content, options.tokens
    pieces, known = content, coder
    if kind == "words" and isinstance(content, str):
        pieces = split(content, "words")  # type: ignore[assignment]
    count = len(pieces)
    parts = divided(count, options)
    if known is None:
        train = pieces[parts[0]]
        trained = train if isinstance(train, (str, bytes)) else "".join(train)
        known = TextCoder(Vocabulary.of(trained, kind))  # type: ignore[arg-type]
    codes = known.vocabulary.encode(content)
    length = _window(options, count, parts[0].stop)
    if len(np.unique(codes[parts[0]])) < 2:
        raise DataError(
            options.source,
            expected=f"two different {kind} or more to learn from",
            got="one" if kind != "words" else "none that occurs twice",
            remedy="take another text",
        )
    dtype = np.dtype(options.dtype)
    # what is held out is scored with what stands before as its context
    steps = (length, max(1, length // 2), max(1, length // 2))
    train, validation, test = (
        windows(codes[part], length, step, dtype) for part, step in zip(parts, steps, strict=True)
    )
    encoder = Encoder((), unscaled(0))
    dataset = Dataset(text.name, train, validation, test, encoder, text.fingerprint)
    return Material(dataset, known, _notes(options, codes, parts, known))


def _notes(
    options: TextOptions, codes: Array, parts: tuple[slice, slice, slice], coder: TextCoder
) -> tuple[str, ...]:
    """What was inferred, in words."""
    kind, known = options.tokens, coder.vocabulary
    size = len(np.unique(codes[parts[0]])) if kind == "bytes" else len(known.tokens)
    sizes = [part.stop - part.start for part in parts]
    notes = [
        f"a text of {len(codes):,} {kind}, {size:,} different ones: the first {sizes[0]:,} to"
        f" learn from, then {sizes[1]:,} for validation and {sizes[2]:,} for the test"
    ]
    missing = 0 if kind == "bytes" else int((codes == UNKNOWN).sum())
    if missing:
        share = f"{100 * missing / len(codes):.2g} %"
        why = "rare or not in the first part" if kind == "words" else "not in the first part"
        notes.append(f"{missing:,} of them ({share}) are {why}, and count as unknown")
    return tuple(notes)


def _window(options: TextOptions, count: int, trained: int) -> int:
    """The length of a window.  Raises DataError for a text that is shorter."""
    kind = options.tokens
    if count < FEWEST:
        raise DataError(
            options.source,
            expected=f"a text of {FEWEST} {kind} or more",
            got=f"{count}",
            remedy="take a longer one",
        )
    if options.window is None:
        return min(USUAL_WINDOW[kind], max(2, trained // 8))
    if trained <= options.window:
        raise DataError(
            options.source,
            expected=f"more {kind} to learn from than the {options.window} of a window",
            got=f"{trained}",
            remedy=f"set --window {max(2, trained // 8)}, or take a longer text",
        )
    return options.window
