"""Checks of the values of options, which return them in their normal form.

What they need of other rooms is imported when they run, so that the command line can list the
options without loading them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import OptionError, UnknownNameError

__all__ = [
    "check_class_weights",
    "check_clipping",
    "check_dtype",
    "check_engine",
    "check_ensemble",
    "check_fraction",
    "check_schedule",
    "check_seed_number",
    "check_warm_up",
    "check_widths",
    "if_given",
    "one_of",
    "whole_number",
]

MOST_UNITS = 1_000_000
"""The widest hidden layer that is accepted."""

MOST_MEMBERS = 32
"""The most networks in an ensemble."""


def if_given(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The check for values other than None."""
    return lambda value: None if value is None else check(value)


def whole_number(name: str, expected: str) -> Callable[[Any], int]:
    """A check that accepts whole numbers from 1 on.

    >>> whole_number("epochs", "a whole number, 1 or more")(0)
    Traceback (most recent call last):
        ...
    chainrule.errors.OptionError: epochs: expected a whole number, 1 or more, got 0
    """

    def check(value: Any) -> int:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < 1:
            raise OptionError(name, expected=expected, got=repr(value))
        return int(value)

    return check


def one_of(name: str, *choices: str) -> Callable[[Any], str]:
    """A check that accepts these words.

    >>> one_of("watch", "loss", "metric")("loss")
    'loss'
    """

    def check(value: Any) -> str:
        if value not in choices:
            raise UnknownNameError(name, str(value), choices)
        return value

    return check


def check_fraction(name: str) -> Callable[[Any], float]:
    """A check that accepts the share of rows in a part that is held out."""

    def check(value: Any) -> float:
        from chainrule.train.data.splits import check_fraction

        check_fraction(name, value)
        return value

    return check


def check_clipping(kind: str) -> Callable[[Any], float]:
    """A check that accepts the bound of clipping by "value" or by "norm"."""

    def check(value: Any) -> float:
        from chainrule.train.steps.clipping import Clipping

        Clipping(**{kind: value})
        return value

    return check


def check_seed_number(value: Any) -> int:
    """The seed as an int, from 0 on."""
    from chainrule.train.data.splits import check_seed

    check_seed(value)
    return int(value)


def check_engine(value: Any) -> str:
    """The name of an engine."""
    from chainrule.train.steps.stepper import ENGINES

    return one_of("engine", *ENGINES)(value)


def check_schedule(value: Any) -> Any:
    """The schedule that is given or described."""
    from chainrule.train import schedules

    return schedules.get(value)


def check_warm_up(value: Any) -> Any:
    """The warm-up that is given or described, or None."""
    from chainrule.train.schedules import WarmUp

    return None if value is None else WarmUp.of(value)


def check_dtype(value: Any) -> str:
    """The name of the dtype of parameters and data."""
    if value not in ("float32", "float64"):
        raise OptionError("dtype", expected="float32 or float64", got=repr(value))
    return value


def check_class_weights(value: Any) -> Any:
    """The weights, a list as a tuple; they are checked once the classes are known."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        from chainrule.train.data.class_weights import class_name

        names: dict[str, Any] = {class_name(key): weight for key, weight in value.items()}
        return names if len(names) == len(value) else value
    return tuple(value) if isinstance(value, list) else value


def check_ensemble(value: Any) -> int | None:
    """How many networks an ensemble has, or None for a single one."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 2 <= value <= MOST_MEMBERS:
        raise OptionError(
            "ensemble",
            expected=f"a whole number of networks from 2 to {MOST_MEMBERS}",
            got=repr(value),
            remedy="leave it out for a single one",
        )
    return value


def check_widths(value: Any) -> tuple[int, ...]:
    """The widths of the hidden layers."""
    for width in value:
        if type(width) is not int or not 0 < width <= MOST_UNITS:
            raise OptionError(
                "layers", expected=f"whole numbers from 1 to {MOST_UNITS:,}", got=repr(width)
            )
    return tuple(value)
