"""How primitives are written on paper.

`chainrule.formula` is imported when the first formula is written: most programs write none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.formula import Formula, Notation

__all__ = ["called", "entry_by_entry", "on_paper"]


def on_paper(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` of NumPy arrays as a function of formulas: `chainrule.formula.written`."""

    def notation(*formulas: Any, **params: Any) -> Any:
        from chainrule.formula import written

        return written(function)(*formulas, **params)

    return notation


def entry_by_entry(formula: Notation) -> Callable[..., Any]:
    """Return the function of arrays with these entries: `chainrule.formula.entrywise`."""

    def notation(*formulas: Any, **params: Any) -> Any:
        from chainrule.formula import entrywise

        return entrywise(formula)(*formulas, **params)

    return notation


def called(function: str, latex: str = "") -> Callable[..., Formula]:
    """Return the notation of a function that is written by its name, here and in LaTeX.

    >>> from chainrule.formula import Symbol
    >>> print(called("relu")(Symbol("z")))
    relu(z)
    """

    def notation(*arguments: Any) -> Formula:
        from chainrule.formula import call

        return call(function, latex)(*arguments)

    return notation
