"""Elementwise operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chainrule.engine.formulas import exp, log
from chainrule.engine.native.matrices import Index, Matrix, lanes_for, over
from chainrule.engine.numbers import Number, choose
from chainrule.engine.vectors import Writer

__all__ = ["OPERATIONS", "Operation"]

Operation = Callable[..., Number]


def _relu(x: Number) -> Number:
    return choose(x.builder.not_(x.compare("<=", 0.0)), x, x.of(0.0))


def _gate(x: Number, y: Number) -> Number:
    return choose(x.compare(">", 0.0), y, y.of(0.0))


OPERATIONS: dict[str, Operation] = {
    "copy": lambda x: x,
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "abs": lambda x: x.called("fabs"),
    "sqrt": lambda x: x.called("sqrt"),
    "square": lambda x: x * x,
    "exp": exp,
    "log": log,
    "relu": _relu,
    "gate": _gate,
}
