"""What each row counts in the mean that a loss is: 1, unless the loss weighs the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, final, runtime_checkable

from chainrule.graph import Array
from chainrule.ops import Tensor
from chainrule.ops.losses import cross_entropy

__all__ = ["ClassWeightedCrossEntropy", "WeightedLoss", "row_weights"]


@runtime_checkable
class WeightedLoss(Protocol):
    """A loss Σᵢ wᵢ·lᵢ / Σᵢ wᵢ over rows i, whose parts are joined by the sums of their weights.

    Other losses are means over rows: each row counts 1.
    """

    def row_weights(self, *targets: Array) -> Array:
        """The weight wᵢ of each row with these targets, in the shape of its labels."""
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


def row_weights(loss: Any, data: Mapping[str, Array], rows: Array) -> Array | None:
    """The weights of these row numbers, in their shape; None if the loss counts all rows alike."""
    if not isinstance(loss, WeightedLoss):
        return None
    return loss.row_weights(*(array[rows] for name, array in data.items() if name != "x"))
