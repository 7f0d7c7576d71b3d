"""Dropout: random entries are set to 0 during training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

from chainrule import ops
from chainrule.arguments import real_number
from chainrule.errors import OptionError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import checked_seed
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["Dropout", "checked_rate", "dropped"]


@final
class Dropout(Layer):
    """In training, sets each entry to 0 with probability `rate` and scales up the others.

    y = x·m / (1 − rate),  m = 1 with probability 1 − rate, else 0;  ∂y/∂x = m / (1 − rate)

    In evaluation y = x: because of the scaling, the expectation of y is x in training too
    ("inverted" dropout).  x may have any shape; y has its shape and dtype.  Which entries are
    dropped depends on `seed`, on the layer's name in the model and on the number of the training
    step, and on nothing else.

    Raises OptionError unless 0 ≤ rate < 1.

    >>> import numpy as np
    >>> layer = Dropout(0.5)
    >>> layer(np.ones(3)), sorted(set(layer(np.ones(99), training=True).value.tolist()))
    (Tensor([1., 1., 1.]), [0.0, 2.0])

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent
    neural networks from overfitting", 2014.
    """

    symbol: ClassVar[str] = "d"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(self, rate: float = 0.5, *, seed: int = 0, name: str | None = None) -> None:
        self.rate, self.seed = checked_rate(rate), checked_seed(seed) or 0
        super().__init__(name, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return dropped(scope, x, self.rate, self.seed)

    def options(self) -> Mapping[str, Any]:
        return {"rate": self.rate}


def dropped(scope: Scope, x: Tensor, rate: float, seed: int) -> Tensor:
    """`x` with entries set to 0 at this rate in training, each call by numbers of its own."""
    if not scope.training or rate == 0:
        return x
    draws = ops.uniform(scope.step, x.shape, scope.stream(seed), x.dtype)
    return ops.where(draws >= rate, x * (1.0 / (1.0 - rate)), 0.0)


def checked_rate(rate: object) -> float:
    """The rate as a float.  Raises OptionError unless 0 ≤ rate < 1."""
    number = real_number("dropout", rate)
    if not 0 <= number < 1:
        raise OptionError("dropout", expected="a rate from 0 up to, not 1", got=repr(rate))
    return float(number)
