"""Parameters of special functions, such as orders, that values depend on and no rule exists for."""

from __future__ import annotations

from typing import Any, NoReturn

from chainrule.errors import DifferentiationError
from chainrule.graph import Rule

__all__ = ["constant_in"]


def constant_in(function: str, parameter: str) -> Rule:
    """The rule of an operand that no derivative is known by: it raises DifferentiationError.

    >>> import chainrule as cr
    >>> from chainrule.ops.special import jv
    >>> cr.grad(jv)(1.0, 2.0)
    Traceback (most recent call last):
    ...
    chainrule.errors.DifferentiationError: scipy.special.jv: expected ...
    """

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise DifferentiationError(
            f"scipy.special.{function}",
            expected=f"a constant {parameter}, by which no derivative is known",
            got="one that a derivative is asked by",
            remedy=f"pass a number, or cr.stop_gradient({parameter})",
        )

    return refuse
