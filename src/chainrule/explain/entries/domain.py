"""Checks that a record and its gradients are finite, and names the first step that is not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.errors import DomainError
from chainrule.explain.entries.subgraph import Subgraph
from chainrule.graph import Array, Graph, Node

__all__ = ["check_domain", "check_gradients"]


def check_domain(graph: Graph) -> None:
    """Raise DomainError for the first node whose operands are finite and whose value is not.

    Also for complex numbers, which have a slope in each direction, so that no single number stands
    for a step.
    """
    names = graph.names()
    for node in graph.nodes:
        if node.spec.dtype.kind == "c":
            raise DomainError(
                _short(node, names),
                expected="real numbers, which are all that is explained",
                got=f"{node.spec}",
                remedy="compute with the real and the imaginary part as variables of their own",
            )
        if node.value is None or np.isfinite(node.value).all():
            continue
        if node.variable:
            raise DomainError(
                names[node],
                expected="finite numbers",
                got=f"{node.value:.6g}"
                if node.value.ndim == 0
                else "an array with some that are not",
            )
        operands = [source.value for source in node.inputs]
        if node.primitive and all(v is not None and np.isfinite(v).all() for v in operands):
            arguments = ", ".join(_short(source, names) for source in node.inputs)
            formula = _formulas(node, names) or f"{node.primitive.name}({arguments})"
            given = [
                f"{names[source]} = {value:.6g}"
                for source, value in zip(node.inputs, operands, strict=True)
                if value is not None and value.ndim == 0 and source.kind != "constant"
            ]
            raise DomainError(
                f"{names[node]} = {formula}",
                expected=node.primitive.domain,
                got=" and ".join(given) or arguments,
                remedy="change the inputs so that every step stays finite",
            )


def check_gradients(graph: Graph, gradients: Mapping[Node, Array]) -> None:
    """Raise DomainError for the first node whose gradient is not finite."""
    names = graph.names()
    for node, gradient in gradients.items():
        finite = np.isfinite(gradient).ravel()
        if not finite.all():
            raise DomainError(
                f"gradient of {names[graph.outputs[0]]} with respect to {names[node]}",
                expected="a finite slope",
                got=f"{gradient.ravel()[~finite][0]}",
                remedy="the function is vertical or undefined there: move the inputs",
            )


def _formulas(node: Node, names: dict[Node, str]) -> str:
    """The formula of a scalar node, with those of its direct inputs; empty for arrays."""
    line = _scalar_formula(node, names)
    steps = [source for source in dict.fromkeys(node.inputs) if source.primitive]
    before = [f"{names[source]} = {_scalar_formula(source, names)}" for source in steps if line]
    return f"{line} with {' and '.join(before)}" if before else line


def _scalar_formula(node: Node, names: dict[Node, str]) -> str:
    """One operation on scalars as a formula; empty if it involves an array."""
    if node.spec.shape or any(source.spec.shape for source in node.inputs):
        return ""
    shown = [source for source in node.inputs if source.kind != "constant" or source.name]
    return str(Subgraph(node, shown, names).formula(0))


def _short(node: Node, names: dict[Node, str]) -> str:
    return node.label if node.kind == "constant" and node.name is None else names[node]
