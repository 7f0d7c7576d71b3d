"""The graph read as formulas: every entry of a node in terms of the entries it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.graph import Array, Node, ancestors
from chainrule.graph.formula import Number, Symbol

__all__ = ["entry_name", "formulas", "symbols"]


def entry_name(name: str, index: tuple[int, ...]) -> str:
    """`h1` for a scalar, `h1[5]` or `w[5, 3]` for an entry of an array."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def symbols(name: str, shape: tuple[int, ...]) -> Array:
    """An array of symbols, one for each entry."""
    out = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        out[index] = Symbol(entry_name(name, index))
    return out


def formulas(node: Node, known: Mapping[Node, Array], *, literal: bool) -> Array:
    """Every entry of `node` as a formula of the symbols in `known`.

    `known` gives arrays of formulas for the nodes where reading stops.  Constants become numbers:
    `literal` ones in a forward formula, which stays as it was typed; plain ones in a derivative,
    where factors of 1 and terms of 0 disappear.  Nodes no gradient flows through, such as indices
    and masks made from constants, keep their values.
    """
    found: dict[Node, Any] = dict(known)
    for step in ancestors([node], stop=known):
        if step in found:
            continue
        if step.primitive is None:
            found[step] = _constant(step, literal)
            continue
        operands = [found[source] for source in step.inputs]
        if all(operand.dtype != object for operand in operands):
            found[step] = step.value
        else:
            found[step] = np.asarray(
                step.primitive.notation(*operands, **step.params), dtype=object
            )
    return found[node]


def _constant(node: Node, literal: bool) -> Array:
    assert node.value is not None, f"{node.label} is read without a value"
    if not (literal and node.spec.differentiable):
        return node.value
    numbers = np.frompyfunc(lambda value: Number(float(value), literal=True), 1, 1)
    return np.asarray(numbers(node.value), dtype=object)
