"""Class weights: how much the rows of each class count in the mean that a loss is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, final, runtime_checkable

import numpy as np

from chainrule.errors import OptionError, UnknownNameError
from chainrule.graph import Array
from chainrule.nn.trees import is_tree
from chainrule.ops import Tensor
from chainrule.ops.losses import cross_entropy
from chainrule.train.data.table import same_number

__all__ = [
    "ClassWeightedCrossEntropy",
    "ClassWeights",
    "WeightedLoss",
    "class_name",
    "compute_class_weights",
    "row_weights",
]

ClassWeights = Literal["balanced"] | Sequence[float] | Mapping[Any, float]
"""`balanced`, one number for each class in order, or numbers by class (1 for the others)."""


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
    >>> compute_class_weights({1: 3}, np.array([0, 1]), ("0", "1"))
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
        numbers = {same_number(name): name for name in classes}
        names = {key: class_name(key) for key in option}
        by_name = {
            name if name in classes else numbers.get(same_number(name), name): option[key]
            for key, name in names.items()
        }
        for name in by_name:
            if name not in classes:
                raise UnknownNameError("class weights", name, classes)
        if len(by_name) < len(option):
            raise OptionError(
                "class weights", expected="each class once", got=", ".join(map(repr, option))
            )
        option = [by_name.get(name, 1.0) for name in classes]
    if not hasattr(option, "__len__"):
        raise OptionError(
            "class weights",
            expected="balanced, numbers in the order of the classes, or numbers by class",
            got=repr(option),
            remedy=f"write class_weights={{{classes[-1]!r}: {option!r}}} for one class",
        )
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


def class_name(label: Any) -> str:
    """The name of the class with this label, which may be a number, a boolean or a text.

    >>> [class_name(label) for label in (1, 1.0, np.int64(1), True, "1", 0.5)]
    ['1', '1', '1', 'true', '1', '0.5']
    """
    if isinstance(label, (bool, np.bool_)):
        return str(label).lower()
    if isinstance(label, (float, np.floating)):
        return str(int(label)) if float(label).is_integer() else repr(float(label))
    return str(label)


@runtime_checkable
class WeightedLoss(Protocol):
    """A loss Σᵢ wᵢ·lᵢ / Σᵢ wᵢ over rows i, whose parts are joined by the sums of their weights.

    Other losses are means over rows: each row counts 1.
    """

    def row_weights(self, *targets: Array) -> Array:
        """The weight wᵢ of each row with these targets, in the shape of its labels.

        A row of several labels, such as those of the steps of a sequence, counts what they do.
        """
        ...


@final
class ClassWeightedCrossEntropy:
    """Cross-entropy with a weight `(K,)` for each class: Σᵢ w_yᵢ·lᵢ / Σᵢ w_yᵢ.

    >>> import numpy as np
    >>> loss = ClassWeightedCrossEntropy(np.array([1.0, 3.0]))
    >>> loss.row_weights(np.array([1, 0, 1]))
    array([3., 1., 3.])
    """

    def __init__(self, weights: Array) -> None:
        self.weights = weights

    def __call__(self, logits: Any, labels: Any) -> Tensor:
        return cross_entropy(logits, labels, self.weights)

    def row_weights(self, *targets: Array) -> Array:
        """See `WeightedLoss.row_weights`."""
        return self.weights[targets[0]]


def row_weights(loss: Any, data: Mapping[str, Any], rows: Array) -> Array | None:
    """The weights of these row numbers, in their shape; None if the loss counts all rows alike.

    Inputs may be a tree of arrays, called "x" together or "x.age" one by one.  Of targets in a tree
    all rows count alike.
    """
    targets = {name: one for name, one in data.items() if name.partition(".")[0] != "x"}
    in_tree = any("." in name or is_tree(one) for name, one in targets.items())
    if in_tree or not isinstance(loss, WeightedLoss):
        return None
    weights = loss.row_weights(*(np.asarray(one)[rows] for one in targets.values()))
    return weights.sum(axis=tuple(range(rows.ndim, weights.ndim)))
