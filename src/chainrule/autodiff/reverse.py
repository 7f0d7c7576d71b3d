"""Reverse mode: one pass of the chain rule from the output back to the leaves.

The VJP rules are written with primitives, so a gradient is again a graph: it can be differentiated,
explained and compiled like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import (
    DifferentiationError,
    LostGradientWarning,
    ShapeError,
    UnknownNameError,
    warn,
)
from chainrule.graph import Graph, Node, ancestors, check_recorded, how_taken, primitive_of
from chainrule.ops import Tensor
from chainrule.ops.registry import provides
from chainrule.ops.tensor import constant, zeros

__all__ = ["Gradients", "adjoints", "contributions", "gradients", "warn_if_taken"]


def contributions(
    node: Node, upstream: Mapping[Node, Tensor], wanted: Collection[Node]
) -> list[tuple[int, Tensor]]:
    """Return (position, upstream · local gradients) for each input of an application in `wanted`.

    `upstream` has the cotangents of those of its outputs that something depends on.
    """
    positions = [i for i, source in enumerate(node.inputs) if source in wanted]
    if node.primitive is None or not positions:
        return []
    siblings = node.outputs
    outputs, inputs = [Tensor(one) for one in siblings], [Tensor(one) for one in node.inputs]
    cotangents = [upstream.get(one) for one in siblings]
    found = node.primitive.pullback(cotangents, outputs, inputs, positions, **node.params)
    return list(found.items())


def adjoints(output: Tensor, seed: Tensor, wrt: Sequence[Node]) -> dict[Node, Tensor]:
    """Return the upstream gradients of all nodes between `wrt` and `output`.

    adjoint(output) = seed;  adjoint(x) = Σ over consumers c of  adjoint(c) · ∂c/∂x

    Nodes that no gradient reaches are absent.  Raises ShapeError for a seed of another shape,
    and GraphError for constants in `wrt` that may lie behind a part of the record that is gone.
    """
    return adjoints_of_all([output], [seed], wrt)


def adjoints_of_all(
    outputs: Sequence[Tensor], seeds: Sequence[Tensor], wrt: Sequence[Node]
) -> dict[Node, Tensor]:
    """Return the `adjoints` of several outputs, added up."""
    nodes = ancestors([output.node for output in outputs], stop=wrt)
    ends = set(wrt)
    check_recorded(nodes, back_to=ends)
    wanted = {node for node in ends if node.spec.differentiable}
    for node in nodes:
        if node.spec.differentiable and not wanted.isdisjoint(node.inputs):
            wanted.add(node)
    total = _Sums()
    for output, seed in zip(outputs, seeds, strict=True):
        if seed.shape != output.shape:
            raise ShapeError("seed", expected=f"shape {output.shape}", got=f"{seed.shape}")
        if seed.dtype.kind == "c" and output.dtype.kind != "c":
            raise DifferentiationError(
                "seed", expected=f"real numbers for {output.spec}", got=f"{seed.dtype}"
            )
        if output.node in wanted:
            total.add(output.node, seed)
    done = set(ends)
    for node in reversed(nodes):
        # whatever uses an output of an application comes after all of its outputs
        if node in wanted and node not in done:
            if node.siblings:
                done.update(node.siblings)
            if upstream := total.of([one for one in node.outputs if one not in ends]):
                total.distribute(node, upstream, wanted)
    total.of(ends)
    return total.reached


class _Sums:
    """The adjoints so far: sums of the contributions of consumers.

    The contributions of a primitive that pulls back `joint` wait until another contribution to the
    same node comes, or the sum is needed.
    """

    def __init__(self) -> None:
        self.reached: dict[Node, Tensor] = {}
        self._waiting: dict[Node, list[tuple[Node, Tensor]]] = {}

    def distribute(
        self, node: Node, upstream: Mapping[Node, Tensor], wanted: Collection[Node]
    ) -> None:
        """Add the contributions of an application to those of its inputs that are wanted."""
        if primitive_of(node).joint:
            source = node.inputs[0]
            waiting = self._waiting.get(source)
            if waiting and waiting[0][0].primitive is not node.primitive:
                self._settle(source)
            self._waiting.setdefault(source, []).append((node, upstream[node]))
            return
        for position, part in contributions(node, upstream, wanted):
            self.add(node.inputs[position], part)

    def of(self, nodes: Iterable[Node]) -> dict[Node, Tensor]:
        """The adjoints of those `nodes` that a gradient reaches, with all that waits for them."""
        found: dict[Node, Tensor] = {}
        for node in nodes:
            if self._waiting:
                self._settle(node)
            if node in self.reached:
                found[node] = self.reached[node]
        return found

    def add(self, node: Node, part: Tensor) -> None:
        """Add a contribution, after those that came before."""
        if self._waiting:
            self._settle(node)
        self.reached[node] = self.reached[node] + part if node in self.reached else part

    def _settle(self, node: Node) -> None:
        if waiting := self._waiting.pop(node, None):
            joint = primitive_of(waiting[0][0]).joint
            assert joint is not None
            self.add(node, joint(waiting))


def pull_back(output: Tensor, seed: Tensor, wrt: Sequence[Tensor]) -> list[Tensor]:
    """Return the gradients of <seed, output> with respect to `wrt`; zeros if there is no path."""
    return pull_back_all([output], [seed], wrt)


def pull_back_all(
    outputs: Sequence[Tensor], seeds: Sequence[Tensor], wrt: Sequence[Tensor]
) -> list[Tensor]:
    """Return the gradients of Σ <seed, output> with respect to `wrt`."""
    reached = adjoints_of_all(outputs, seeds, [tensor.node for tensor in wrt])
    return [reached[x.node] if x.node in reached else zeros(x.spec) for x in wrt]


class Gradients(Mapping[Any, Tensor]):
    """The gradients of one output, one for each leaf: a mapping from names or tensors.

    Iteration gives the names.  Leaves without one are called x0, x1, … in order of creation.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=3.0, y=4.0)
    >>> g = (x * y).gradients()
    >>> g[x], g["y"], list(g)
    (Tensor(4.0), Tensor(3.0), ['x', 'y'])
    """

    def __init__(
        self,
        names: Mapping[Node, str],
        values: Mapping[Node, Tensor],
        output: Tensor | None = None,
    ) -> None:
        self._output = output
        self._nodes = {names[node]: node for node in values}
        self._values = values

    def __getitem__(self, key: Any) -> Tensor:
        node = key.node if isinstance(key, Tensor) else self._nodes.get(key)
        if isinstance(key, Tensor) and key.node.variable and node not in self._values:
            if self._output is not None:
                warn_if_taken(key, self._output)
            return zeros(key.spec)  # the output does not depend on it
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
    for leaf in leaves:
        warn_if_taken(leaf, output)
    found = pull_back(output, constant(np.ones(output.shape, output.dtype)), leaves)
    values = {leaf.node: gradient for leaf, gradient in zip(leaves, found, strict=True)}
    return Gradients(graph.names(), values, output)


def warn_if_taken(variable: Tensor, output: Tensor) -> None:
    """Warn if plain numbers that depend on `variable` may be among what made the output."""
    how = how_taken(variable.node, output.node) if variable.node.variable else None
    if how:
        warn(
            f"gradients: {how} gave plain numbers before this result was computed; if it depends on"
            f" them, the gradient with respect to {variable.node.label} misses that part. Use"
            " NumPy's functions, cr.stack for lists, or .value where a constant is meant",
            LostGradientWarning,
        )


def check_real(output: Tensor, where: str) -> None:
    """Raise DifferentiationError if `output` is complex."""
    if output.dtype.kind == "c":
        raise DifferentiationError(
            where,
            expected="a real output to differentiate",
            got=f"{output.node.label} of type {output.spec}",
            remedy="take np.real or np.abs of it, or, if it is one number and the function"
            " holomorphic, use cr.holomorphic_grad",
        )


def check_scalar(output: Tensor, where: str) -> None:
    """Raise DifferentiationError unless `output` is one floating-point number."""
    check_real(output, where)
    if output.size != 1 or not output.spec.differentiable:
        raise DifferentiationError(
            where,
            expected="one floating-point number to differentiate",
            got=f"{output.node.label} of type {output.spec}",
            remedy="sum it, take its mean, or use cr.jacobian",
        )
