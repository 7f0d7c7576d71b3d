"""A loss with options: the target that is padding, and label smoothing."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.nn.trees import is_tree
from chainrule.ops import Tensor
from chainrule.ops.losses import LOSSES, half_squared_error

__all__ = ["PaddedLoss", "has_steps", "ignored", "padded_loss", "plain"]

Loss = Callable[..., Tensor]


@final
class PaddedLoss:
    """One of the losses, with `ignore` or `label_smoothing`: a mean over the entries that count.

    >>> import numpy as np
    >>> loss = PaddedLoss(LOSSES["cross_entropy"], ignore=0)
    >>> loss.row_weights(np.array([[2, 1, 0], [3, 0, 0]]))
    array([[1., 1., 0.],
           [1., 0., 0.]])
    """

    def __init__(self, loss: Loss, **options: float) -> None:
        self.loss, self.options = loss, options

    def __call__(self, output: Any, target: Any) -> Tensor:
        return self.loss(output, target, **self.options)

    def row_weights(self, *targets: Array) -> Array:
        """What the entries of each row count; see `WeightedLoss.row_weights`."""
        target, ignore = targets[0], self.options.get("ignore")
        if ignore is None:
            return np.ones(target.shape)
        counts = ~np.isnan(target) if math.isnan(ignore) else target != ignore
        if self.loss is half_squared_error and counts.ndim > 1:
            counts = counts.any(axis=-1)
        return counts.astype(float)


def plain(loss: Any) -> Any:
    """The loss without its options."""
    return loss.loss if isinstance(loss, PaddedLoss) else loss


def padded_loss(
    loss: str | Loss | None, ignore: float | None, label_smoothing: float
) -> str | Loss | None:
    """The loss with these options, as far as they are given.

    Raises OptionError for options that the loss does not have, or without a loss.
    """
    options: dict[str, Any] = {} if ignore is None else {"ignore": ignore}
    options |= {"label_smoothing": label_smoothing} if label_smoothing else {}
    if not options:
        return loss
    found = LOSSES.get(loss) if isinstance(loss, str) else loss
    if found is None and isinstance(loss, str):
        return loss  # an unknown name, which is refused with all names
    for name in options:
        if (
            found is None
            or found not in LOSSES.values()
            or name not in inspect.signature(found).parameters
        ):
            able = [one for one, f in LOSSES.items() if name in inspect.signature(f).parameters]
            raise OptionError(
                name,
                expected=f"a loss by its name, one of {', '.join(able)}",
                got="none" if loss is None else repr(loss),
                remedy="leave padding out in a loss of your own",
            )
    assert found is not None, "it has all options"
    return PaddedLoss(found, **options)


def has_steps(x: Any, y: Any, ignore: float | None) -> bool:
    """Whether answers are taken as they are: those of steps, `(n, T, outputs)`, or with padding."""
    if is_tree(y):
        return False
    try:
        shape = np.shape(y)
        rows = shape[:1] if is_tree(x) else np.shape(x)[:1]
    except ValueError:  # rows of several lengths, which are refused later
        return False
    return rows == shape[:1] and (ignore is not None or len(shape) > 2)


def ignored(loss: Any) -> float | None:
    """The target that a loss leaves out; None if it counts all."""
    return loss.options.get("ignore") if isinstance(loss, PaddedLoss) else None
