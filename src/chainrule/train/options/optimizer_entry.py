"""The optimizer among the options: its name with hyperparameters, or an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.train.optimizers import Optimizer

__all__ = ["load_optimizer", "make_optimizer", "store_optimizer"]


def make_optimizer(option: str | Optimizer, given: Mapping[str, Any]) -> Optimizer:
    """The optimizer of this name, or this optimizer, with the given hyperparameters.

    >>> make_optimizer(make_optimizer("sgd", {"learning_rate": 0.5}), {"momentum": 0.9})
    SGD(learning_rate=0.5, momentum=0.9, nesterov=False, weight_decay=0.0)
    """
    from chainrule.train import optimizers

    if isinstance(option, str):
        return optimizers.get(option, **given)
    if not isinstance(option, optimizers.Optimizer):  # such as a class instead of an instance
        raise OptionError(
            "optimizer",
            expected="a name, or an Optimizer with its hyperparameters",
            got=repr(option),
            remedy=f"name one of {', '.join(optimizers.names())}, or write cr.optimizers.Adam()",
        )
    if set(given) == {"learning_rate"}:  # a class of the user's own has one too
        return option.at(given["learning_rate"])
    return optimizers.from_dict({**store_optimizer(option), **given}) if given else option


def store_optimizer(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer as a table, with all hyperparameters, so that a run keeps its own.

    A later version may have other defaults.
    """
    from chainrule.train import optimizers

    return optimizers.to_dict(optimizer)


def load_optimizer(entries: Mapping[str, Any]) -> Optimizer:
    """The inverse of `store_optimizer`."""
    from chainrule.train import optimizers

    return optimizers.from_dict(entries)
