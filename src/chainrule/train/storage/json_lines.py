"""Files of records, one line of JSON each, which may have been cut off while they were written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chainrule.errors import RunError
from chainrule.train.storage.schema import MismatchError, Schema, parse_json

__all__ = ["read_lines", "write_lines"]


def write_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """A line of JSON for each record; numbers that are not finite become text.

    >>> write_lines([{"epoch": 1, "loss": float("nan")}])
    b'{"epoch": 1, "loss": "nan"}\\n'
    """
    lines = [json.dumps(_plain(record), allow_nan=False) + "\n" for record in records]
    return "".join(lines).encode()


def read_lines(
    content: bytes, schema: Schema, where: str, *, expected: str, remedy: str
) -> Iterator[dict[str, Any]]:
    """The entries of each line.  A truncated last line is ignored.

    Raises RunError, which names the line, for any other that cannot be read.
    """
    lines = content.split(b"\n")
    for count, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries = parse_json(line)
            schema(entries, "")
        except (ValueError, MismatchError) as error:
            if count == len(lines):
                return
            reason = f"{error}" if isinstance(error, MismatchError) else type(error).__name__
            raise RunError(
                f"{where}, line {count}",
                expected=expected,
                got=f"{line[:40]!r}{f' ({reason})' * bool(reason)}",
                remedy=remedy,
            ) from None
        yield entries


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return value
