"""Reverse mode: one pass of the chain rule from the output back to the leaves.

The VJP rules are written with primitives, so a gradient is again a graph: it can be differentiated,
explained and compiled like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import DifferentiationError, ShapeError, UnknownNameError
from chainrule.graph import Graph, Node, ancestors
from chainrule.ops import Tensor
from chainrule.ops.registry import provides
from chainrule.ops.tensor import constant

__all__ = ["Gradients", "adjoints", "contributions", "gradients"]


def contributions(node: Node, upstream: Tensor, wanted: set[Node]) -> list[tuple[int, Tensor]]:
    """Return (position, upstream · local gradient) for each input of `node` in `wanted`."""
    if node.primitive is None:
        return []
    output, inputs = Tensor(node), [Tensor(source) for source in node.inputs]
    found: list[tuple[int, Tensor]] = []
    for position, source in enumerate(node.inputs):
        rule = node.primitive.rule(position)
        if rule is not None and source in wanted:
            found.append((position, rule(upstream, output, *inputs, **node.params)))
    return found


def adjoints(output: Tensor, seed: Tensor, wrt: Sequence[Node]) -> dict[Node, Tensor]:
    """Return the upstream gradients of all nodes between `wrt` and `output`.

    adjoint(output) = seed;  adjoint(x) = Σ over consumers c of  adjoint(c) · ∂c/∂x

    Nodes that no gradient reaches are absent.  Raises ShapeError for a seed of another shape.
    """
    if seed.shape != output.shape:
        raise ShapeError("seed", expected=f"shape {output.shape}", got=f"{seed.shape}")
    nodes = ancestors([output.node], stop=wrt)
    ends = set(wrt)
    wanted = {node for node in ends if node.spec.differentiable}
    for node in nodes:
        if node.spec.differentiable and not wanted.isdisjoint(node.inputs):
            wanted.add(node)
    reached = {output.node: seed} if output.node in wanted else {}
    for node in reversed(nodes):
        if node in reached and node in wanted and node not in ends:
            for position, part in contributions(node, reached[node], wanted):
                source = node.inputs[position]
                reached[source] = reached[source] + part if source in reached else part
    return reached


def pull_back(output: Tensor, seed: Tensor, wrt: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of <seed, output> with respect to `wrt`; zeros if there is no path."""
    reached = adjoints(output, seed, [tensor.node for tensor in wrt])
    return [
        reached[x.node] if x.node in reached else constant(np.zeros(x.shape, x.dtype)) for x in wrt
    ]


class Gradients(Mapping[Any, Tensor]):
    """The gradients of one output, one for each leaf: a mapping from names or tensors.

    Iteration gives the names.  Leaves without one are called x0, x1, … in order of creation.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=3.0, y=4.0)
    >>> g = (x * y).gradients()
    >>> g[x], g["y"], list(g)
    (Tensor(4.0), Tensor(3.0), ['x', 'y'])
    """

    def __init__(self, names: Mapping[Node, str], values: Mapping[Node, Tensor]) -> None:
        self._nodes = {names[node]: node for node in values}
        self._values = values

    def __getitem__(self, key: Any) -> Tensor:
        node = key.node if isinstance(key, Tensor) else self._nodes.get(key)
        if isinstance(key, Tensor) and key.node.variable and node not in self._values:
            return constant(np.zeros(key.shape, key.dtype))  # the output does not depend on it
        if node is None or node not in self._values:
            asked = key.node.label if isinstance(key, Tensor) else str(key)
            raise UnknownNameError("gradients", asked, self._nodes)
        return self._values[node]

    def __contains__(self, key: object) -> bool:
        return (key.node in self._values) if isinstance(key, Tensor) else key in self._nodes

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{name!r}: {self[name]!r}" for name in self) + "}"


@provides("gradients")
def gradients(output: Tensor) -> Gradients:
    """Return ∂output/∂leaf for every variable the output depends on.

    Gradients never accumulate between calls.  Raises DifferentiationError unless the output
    is a single floating-point number.

    >>> import chainrule as cr
    >>> x = cr.variable(2.0, "x")
    >>> y = x**3
    >>> y.gradients()["x"], y.gradients()["x"].gradients()["x"]
    (Tensor(12.0), Tensor(12.0))
    """
    check_scalar(output, "gradients")
    graph = Graph.of([output.node])
    leaves = [Tensor(node) for node in graph.inputs]
    found = pull_back(output, constant(np.ones(output.shape, output.dtype)), leaves)
    values = {leaf.node: gradient for leaf, gradient in zip(leaves, found, strict=True)}
    return Gradients(graph.names(), values)


def check_scalar(output: Tensor, where: str) -> None:
    """Raise DifferentiationError unless `output` is one floating-point number."""
    if output.size != 1 or not output.spec.differentiable:
        raise DifferentiationError(
            where,
            expected="one floating-point number to differentiate",
            got=f"{output.node.label} of type {output.spec}",
            remedy="sum it, take its mean, or use cr.jacobian",
        )
