"""Checks of the model and the loss that `fit` is given, in the words of those who call it."""

from __future__ import annotations

from typing import Any

from chainrule.errors import OptionError
from chainrule.nn import Layer
from chainrule.ops.losses import LOSSES

__all__ = ["check_loss", "checked_model", "no_validation"]


def checked_model(model: Any) -> Layer:
    """The model; OptionError for what is none."""
    if model is None:
        raise OptionError(
            "fit",
            expected="a model, such as cr.nn.mlp(4, (16,), 3)",
            got="NoneType",
            remedy="None is for data frames of pandas or Polars; pl.DataFrame(data) makes one",
        )
    if not isinstance(model, Layer):
        kind = isinstance(model, type)
        raise OptionError(
            "fit",
            expected="a model, such as cr.nn.mlp(4, (16,), 3)",
            got=f"the class {model.__name__}" if kind else type(model).__name__,
            remedy=f"make one: {model.__name__}(…)"
            if kind
            else "cr.from_torch converts a module of PyTorch",
        )
    return model


def check_loss(loss: Any) -> None:
    """Raise OptionError for what is no loss."""
    if not (loss is None or isinstance(loss, str) or callable(loss)):
        raise OptionError(
            "loss",
            expected="a function of outputs and targets, or its name",
            got=repr(loss),
            remedy=f"take one of {', '.join(LOSSES)}",
        )


def no_validation(data: Any) -> OptionError:
    """The error for rows to validate with where there is no source."""
    return OptionError(
        "validation",
        expected="a data source to train on",
        got=type(data).__name__,
        remedy="hold out rows of the data by validation_fraction=0.1",
    )
