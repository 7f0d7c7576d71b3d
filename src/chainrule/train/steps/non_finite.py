"""NaN and infinities in a training step: finding the first one and reporting it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.errors import TrainingError
from chainrule.graph import Array

__all__ = ["NonFinite", "all_finite", "find_non_finite", "non_finite_error"]

NonFinite = tuple[str, str]
"""What a TrainingError reports: what was expected, such as "a finite loss", and the value found."""


def all_finite(values: Array) -> bool:
    """Whether every entry is finite, without allocating a second array of that size."""
    return bool(np.isfinite(values.min(initial=0)) and np.isfinite(values.max(initial=0)))


def find_non_finite(arrays: Mapping[str, Array], expected: str) -> NonFinite | None:
    """The first of these arrays with an entry that is not finite, and that entry.

    `expected` describes a good array; `{}` in it stands for the array's name.

    >>> find_non_finite({"a": np.ones(2), "b": np.array([1.0, np.inf])}, "a finite {}")
    ('a finite b', 'inf')
    """
    for name, values in arrays.items():
        if not all_finite(values):
            return expected.format(name), f"{values[~np.isfinite(values)][0]}"
    return None


def non_finite_error(step: int, expected: str, got: str) -> TrainingError:
    """The error to raise where training step `step` (from 1) gave a number that is not finite."""
    return TrainingError(
        f"training step {step}",
        expected=expected,
        got=got,
        remedy="lower the learning rate, or clip the gradients",
    )
