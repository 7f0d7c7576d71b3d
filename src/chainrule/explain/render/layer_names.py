"""Names of layers for a narrow column: shortened, but so that different ones remain different."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["all_differ", "column_names", "shortened"]

Names = tuple[str, ...]


def shortened(names: Sequence[str], longest: int) -> str:
    """The names joined, or only the first one, or the end of one that is too long.

    >>> shortened(["h1", "h2"], 20), shortened(["h1", "h2"], 5), shortened(["layers.0.weight"], 9)
    ('h1, h2', 'h1 …', '…0.weight')
    """
    joined = ", ".join(names)
    if len(joined) > longest and len(names) > 1:
        joined = f"{names[0]} …"
    return joined if len(joined) <= longest else f"…{joined[1 - longest :]}"


def all_differ(rows: Sequence[Names], written: Sequence[str]) -> bool:
    """Whether different names are written differently."""
    return len(set(zip(rows, written, strict=True))) == len(set(written))


def column_names(rows: Sequence[Names], longest: int) -> list[str]:
    """The names of each row, `shortened` where these remain different.

    Otherwise they are written as paths without the part that all end in, such as `.weight`, and
    the parts of a path that is still too long are abbreviated, those on the left first.

    >>> rows = [(f"layer{i}.0.conv{k}.weight",) for i in (1, 2) for k in (1, 2)]
    >>> column_names(rows, 14)
    ['layer1.0.conv1', 'layer1.0.conv2', 'layer2.0.conv1', 'layer2.0.conv2']
    >>> column_names(rows, 10)
    ['l1.0.conv1', 'l1.0.conv2', 'l2.0.conv1', 'l2.0.conv2']
    """
    plain = [shortened(names, longest) for names in rows]
    if all_differ(rows, plain):
        return plain
    paths = [names[0].split(".") if names else [] for names in rows]
    ends = {tuple(path[-1:]) for path in paths if path}
    if len(ends) == 1 and min(len(path) for path in paths if path) > 1:
        paths = [path[:-1] for path in paths]
    more = [" …" if len(names) > 1 else "" for names in rows]
    room = [longest - len(end) for end in more]
    abbreviated = [
        _abbreviated(path, most) + end for path, most, end in zip(paths, room, more, strict=True)
    ]
    if all_differ(rows, abbreviated):
        return abbreviated
    whole = [".".join(path) + end for path, end in zip(paths, more, strict=True)]
    return whole if all_differ(rows, whole) else [", ".join(names) for names in rows]


def _abbreviated(path: Sequence[str], longest: int) -> str:
    """The path with parts cut down to their first letter and their number until it is short."""
    parts = list(path)
    for i, part in enumerate(parts):
        if len(".".join(parts)) <= longest:
            break
        number = re.search(r"\d*$", part)
        assert number is not None, "the pattern matches nothing, too"
        parts[i] = part[:1] + (number[0] if len(number[0]) < len(part) else number[0][1:])
    return ".".join(parts)
