"""What fails in another process, which finds this file by its own name."""

from __future__ import annotations

import numpy as np

import chainrule
from chainrule import errors
from chainrule.autodiff.scan import StepError


def example(kind: type) -> errors.ChainruleError:
    if kind is errors.UnknownNameError:
        return kind("optimizer", "adm", ["adam", "sgd"])
    if kind is StepError:
        return kind(3, [np.ones(2)], ValueError("no"))
    return kind("somewhere", expected="one thing", got="another", remedy="do a third")


def fail(name: str) -> None:
    raise example(getattr(errors, name))


def fit_badly(outputs: int) -> None:
    x = np.zeros((20, 4)) + np.arange(20)[:, None]
    chainrule.fit(chainrule.nn.mlp(4, (3,), outputs), (x, np.arange(20) % 3), epochs=1)
