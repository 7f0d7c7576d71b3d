"""Primitives: operations that carry all their rules with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chainrule.errors import ShapeError
from chainrule.graph.entries import Entries
from chainrule.graph.node import Array, Node, Spec

__all__ = ["Kink", "Primitive", "Rule"]

Rule = Callable[..., Any]
"""A VJP rule: (upstream gradient, output, *inputs, **params) → gradient of one input."""


At = Callable[[Any], Any] | Callable[[Any, Any], Any] | Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Kink:
    """Points where a primitive has no derivative, and the choice made there.

    `at(*values)` says where the inputs are at such a point; `choice` says in words what is used.
    """

    at: At
    choice: str


@dataclass(frozen=True, eq=False)
class Primitive:
    """An operation and its rules.

    name       how the record prints it
    value      (*arrays, **params) → array, with NumPy: the reference every other reading is held to
    shape      (*specs, **params) → Spec of the output; raises ShapeError
    vjps       one rule per input, or one rule for any number of inputs, which gets the input's
               position first; None where no gradient flows
    notation   (*object arrays of formulas, **params) → object array of formulas
    kink       where it is not differentiable, and what was chosen
    domain     what it asks of its inputs, for error messages
    elementwise   whether it acts on each entry by itself, with broadcasting
    entries    how its entries depend on those of its inputs, sparsely; None to find out by reverse
               mode, a row of the Jacobian at a time (see `chainrule.autodiff.entries`)
    """

    name: str
    value: Callable[..., Array]
    shape: Callable[..., Spec]
    vjps: tuple[Rule | None, ...] | Rule
    notation: Callable[..., Array]
    kink: Kink | None
    domain: str
    elementwise: bool
    entries: Entries | None = None

    def rule(self, position: int) -> Rule | None:
        """The VJP rule of the input at `position`, or None."""
        if not callable(self.vjps):
            return self.vjps[position]
        variadic = self.vjps
        return lambda *args, **params: variadic(position, *args, **params)

    def spec(self, inputs: tuple[Node, ...], params: dict[str, Any]) -> Spec:
        """Shape and dtype of the output; an error names the operands as the record knows them."""
        try:
            return self.shape(*(node.spec for node in inputs), **params)
        except ShapeError as error:
            operands = " and ".join(f"{n.label} of shape {n.spec.shape}" for n in inputs)
            raise ShapeError(
                self.name, expected=error.expected, got=operands or error.got, remedy=error.remedy
            ) from None

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"
