"""The settings that functions take beside their operands; what is refused is named as written.

NumPy's integers and floats are taken wherever Python's are.  Truth values are not numbers here, and
floats are not whole numbers, even 2.0: `int(0.5)` would silently be 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np

from chainrule.errors import OptionError

__all__ = ["dtype_of", "lengths", "real_number", "shown", "truth", "whole_number", "whole_numbers"]

LARGEST = 2**63 - 1
"""The largest whole number that a length or a position can be."""


def whole_number(
    where: str, value: Any, least: int | None = None, most: int | None = LARGEST
) -> int:
    """The value as an int.  Raises OptionError unless it is a whole number, `least` or more.

    `most` is by default what a length can be; seeds may be larger.

    >>> whole_number("groups", np.int64(3), 1)
    3
    """
    number = _whole(value)
    too_large = number is not None and most is not None and abs(number) > most
    if number is None or (least is not None and number < least) or too_large:
        bound = "" if least is None else f", {least} or more"
        raise OptionError(where, expected=f"a whole number{bound}", got=shown(value))
    return number


def whole_numbers(where: str, value: Any, least: int | None = None) -> int | tuple[int, ...]:
    """A whole number, or a sequence of them as a tuple, each `least` or more; else OptionError.

    >>> whole_numbers("stride", [1, np.int64(2)], 1)
    (1, 2)
    """
    bound = 0 if least is None else least
    if type(value) is tuple and all(type(n) is int and bound <= n <= LARGEST for n in value):
        return cast("tuple[int, ...]", value)  # as most are
    number = _whole(value)
    if number is not None:
        return whole_number(where, number, least)
    numbers = [_whole(one) for one in _entries(value)] if _is_sequence(value) else [None]
    if any(n is None or (least is not None and n < least) or abs(n) > LARGEST for n in numbers):
        bound = "" if least is None else f", {least} or more"
        raise OptionError(
            where, expected=f"a whole number{bound}, or a sequence of them", got=shown(value)
        )
    return tuple(cast("list[int]", numbers))


def lengths(where: str, shape: Any, least: int = 0) -> tuple[int, ...]:
    """The length of each axis in a shape, which may be a single number; else OptionError.

    >>> lengths("broadcast_to", np.int64(3))
    (3,)
    """
    numbers = whole_numbers(f"{where} shape", shape, least)
    return (numbers,) if isinstance(numbers, int) else numbers


def real_number(where: str, value: Any) -> float:
    """The value as a float or an int.  Raises OptionError unless it is one real number.

    >>> real_number("eps", np.float32(0.5))
    0.5
    """
    kind = "" if isinstance(value, (int, float)) else _scalar_kind(value)
    if isinstance(value, bool) or (not isinstance(value, (int, float)) and kind not in ("i", "f")):
        raise OptionError(where, expected="a number", got=shown(value))
    try:
        number = float(value)
    except OverflowError:
        bound = "a number that float64 holds"
        raise OptionError(where, expected=bound, got=shown(value)) from None
    return value if type(value) is int else number


def truth(where: str, value: Any) -> bool:
    """The value as a bool.  Raises OptionError unless it is True or False (or 1 or 0).

    >>> truth("keepdims", np.True_)
    True
    """
    if value is True or value is False or isinstance(value, np.bool_):
        return bool(cast("bool", value))
    if (number := _whole(value)) in (0, 1):
        return number == 1
    raise OptionError(where, expected="True or False", got=shown(value))


def dtype_of(where: str, value: Any, kinds: str = "biuf") -> np.dtype[Any]:
    """The value as a dtype of these `kinds`, by default of real numbers; else OptionError.

    >>> dtype_of("astype", "float32")
    dtype('float32')
    """
    try:
        dtype = np.dtype(value)
    except (TypeError, ValueError):
        dtype = None
    if dtype is None or dtype.kind not in kinds:
        numbers = "numbers" if "c" in kinds else "real numbers"
        raise OptionError(
            where, expected=f"a dtype of {numbers}, such as float32", got=shown(value)
        )
    return dtype


def _whole(value: Any) -> int | None:
    """The value as an int; None if it is none."""
    if type(value) is int:
        return value
    if isinstance(value, (bool, np.bool_)):
        return None
    return int(value) if isinstance(value, int) or _scalar_kind(value) == "i" else None


def _scalar_kind(value: Any) -> str:
    """What NumPy's scalars, and arrays and tensors with one entry and no axis, are: i, f or ""."""
    shape, dtype = getattr(value, "shape", None), getattr(value, "dtype", None)
    if shape != () or not isinstance(dtype, np.dtype):
        return ""
    return {"u": "i", "i": "i", "f": "f"}.get(cast("np.dtype[Any]", dtype).kind, "")


def _is_sequence(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return cast("np.ndarray[Any, Any]", value).ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _entries(value: Any) -> list[Any]:
    return list(value)


def shown(value: Any) -> str:
    """What was written, in one line of at most some 80 characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}…"
