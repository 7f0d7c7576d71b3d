"""Class weights: how much the rows of each class count in the loss."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from chainrule.errors import OptionError, UnknownNameError

__all__ = ["ClassWeights", "compute_class_weights"]

ClassWeights = Literal["balanced"] | Sequence[float] | Mapping[str, float]
"""`balanced`, one number for each class in order, or numbers by class name (1 for the others)."""


def compute_class_weights(
    option: ClassWeights, labels: np.ndarray[Any, Any], classes: Sequence[str]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The weight of each class, `(K,)`, for rows with these labels `(n,)`.

    With `balanced`, w_c = n / (K · n_c), so that all classes have the same total weight; a class
    without rows has weight 1.  Raises OptionError for numbers that are not above 0 or are not one
    for each class, and UnknownNameError for unknown words and classes.

    >>> compute_class_weights("balanced", np.array([0, 0, 0, 1]), ("no", "yes")).round(4)
    array([0.6667, 2.    ])
    >>> compute_class_weights({"yes": 3}, np.array([0, 1]), ("no", "yes"))
    array([1., 3.])

    King, Zeng: Logistic regression in rare events data, Political Analysis 9, 2001.
    """
    if isinstance(option, str):
        if option != "balanced":
            raise UnknownNameError("class weights", option, ("balanced",))
        counts = np.bincount(labels, minlength=len(classes))
        balanced = len(labels) / (np.count_nonzero(counts) * np.maximum(counts, 1))
        return np.where(counts, balanced, 1.0)
    if isinstance(option, Mapping):
        for name in option:
            if name not in classes:
                raise UnknownNameError("class weights", str(name), classes)
        option = [option.get(name, 1.0) for name in classes]
    if len(option) != len(classes):
        raise OptionError(
            "class weights",
            expected=f"one for each of {len(classes)} classes ({', '.join(classes[:12])})",
            got=f"{len(option)}",
        )
    for weight in option:
        number = isinstance(weight, (int, float, np.integer, np.floating))
        if isinstance(weight, bool) or not (number and 0 < float(weight) < math.inf):
            raise OptionError("class weights", expected="numbers above 0", got=repr(weight))
    return np.array(option, np.float64)
