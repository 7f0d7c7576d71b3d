"""What `chainrule explain` prints of the worked examples, as text with all its digits.

`approximate` is left out: its search amplifies rounding, and it takes seconds.  The others that
train something do so by the reference engine here, and are printed once.
"""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path

from chainrule import gallery
from promises.calls import called

__all__ = ["PRINTED", "printed", "same_but_for_rounding", "shown"]

PRINTED = Path(__file__).with_name("printed")

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def shown() -> list[str]:
    """The examples whose text is kept."""
    return [name for name in gallery.names() if name not in ("approximate", "long-memory")]


def printed(name: str) -> str:
    """The explanation; below it the flow, and of the one with paths the lines that are new."""
    folder = Path(tempfile.gettempdir())
    example = ("explain", name)
    if gallery.get(name).trains:
        return called(folder, *example, "--engine", "reference")
    shown = called(folder, *example)
    paths = called(folder, *example, "--paths", 3).splitlines()
    new = [line for line in paths if line not in shown.splitlines()]
    parts = [shown, "--flow", called(folder, *example, "--flow"), "--paths 3", *new]
    return "\n".join(parts) + "\n"


def same_but_for_rounding(text: str, other: str) -> bool:
    """Whether two texts differ in nothing but the last digits of numbers.

    >>> same_but_for_rounding("f = 0.123456,  x", "f = 0.123457, x")
    True
    >>> same_but_for_rounding("f = 0.123456", "f = 0.1235")
    False
    """
    words, numbers = zip(*(_split(t) for t in (text, other)), strict=True)
    pairs = zip(*numbers, strict=False)
    return words[0] == words[1] and all(
        math.isclose(a, b, rel_tol=2e-5, abs_tol=2e-9) for a, b in pairs
    )


def _split(text: str) -> tuple[list[str], list[float]]:
    """The words without their spaces, and the numbers."""
    numbers = [float(match) for match in NUMBER.findall(text)]
    return re.sub(r"[\s─│█]+", " ", NUMBER.sub("#", text)).split(), numbers
