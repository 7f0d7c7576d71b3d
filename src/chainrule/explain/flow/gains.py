"""Shrinkage and growth: what each layer multiplies the norm of the gradient by, and why.

Results are ordered by their longest distance to the output.  Those of one distance make a level;
the norm of a level is that of the gradients of all its entries.  From level to level the norm
changes by a factor, and the product of all factors is the ratio of the norms at both ends.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from chainrule.autodiff.reverse import adjoints
from chainrule.explain.entries.domain import check_gradients
from chainrule.explain.entries.units import Unit
from chainrule.explain.flow.kinds import Kind, Kinds
from chainrule.explain.flow.levels import Links, levels, links
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["Gain", "LayerGain", "gains", "together"]


@dataclass(frozen=True)
class Gain:
    """From one level back to the next: the factor between their gradients' norms.

    start, end  names of the results at the output's side, and at the inputs'
    norm        ‖∂output/∂end‖₂ over all entries
    factor      norm divided by that at the start; None after a norm of 0
    kind        what the factor is made of
    by          the parameters it is made of, where these are weights
    shifts      whether all that happens is that a bias is added
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    norm: float
    factor: float | None
    kind: Kind
    by: tuple[str, ...] = ()
    shifts: bool = False


@dataclass(frozen=True)
class LayerGain:
    """One layer: the slope of its activation, its weights, and what else lies between.

    gain = activation · weights · other.  Each is None where the layer has nothing of that kind, or
    where no gradient came to it.
    """

    steps: tuple[Gain, ...]
    gain: float | None
    activation: float | None
    weights: float | None
    other: float | None

    @property
    def start(self) -> tuple[str, ...]:
        """The results at the output's side."""
        return self.steps[0].start

    @property
    def end(self) -> tuple[str, ...]:
        """The results at the inputs' side."""
        return self.steps[-1].end

    @property
    def norm(self) -> float:
        """Of the gradient that leaves the layer."""
        return self.steps[-1].norm

    @property
    def by(self) -> tuple[str, ...]:
        """The parameters that weigh."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.by))


def gains(units: Mapping[Node, Unit], graph: Graph, end: Node | None = None) -> list[LayerGain]:
    """The layers of a record, from the output back; to the leaf `end`, where one is given."""
    output = graph.outputs[0]
    leaves = [node for node in graph.nodes if node.variable or node is end]
    one = constant(np.ones(output.spec.shape, output.spec.dtype))
    upstream = adjoints(Tensor(output), one, leaves)
    check_gradients(graph, {node: gradient.value for node, gradient in upstream.items()})
    found = links(units, graph, Kinds(graph, upstream), end)
    return list(_layers(list(_steps(found, upstream, graph))))


def together(layers: Sequence[LayerGain]) -> LayerGain:
    """All layers as one: the products of their gains, activations, weights and the rest."""
    columns = ("activation", "weights", "other")
    parts = [[getattr(layer, column) for layer in layers] for column in columns]
    factors = ([factor for factor in part if factor is not None] for part in parts)
    steps = tuple(step for layer in layers for step in layer.steps)
    return LayerGain(steps, _product(steps), *(math.prod(f) if f else None for f in factors))


def _steps(found: Links, upstream: Mapping[Node, Tensor], graph: Graph) -> Iterator[Gain]:
    names = graph.names()
    norm = 1.0
    for here, behind in pairwise(levels(found, graph.outputs[0])):
        before, norm = norm, math.hypot(*(_norm(upstream[node].value) for node in behind))
        kind, by = _kind(found, here, behind)
        yield Gain(
            start=tuple(names[node] for node in here),
            end=tuple(names[node] for node in behind),
            norm=norm,
            factor=norm / before if before else None,
            kind=kind,
            by=tuple(names[node] for node in by),
            shifts=all(found[n][s].shifts for n in here for s in found[n] if s in behind),
        )


def _norm(gradient: np.ndarray) -> float:
    """‖g‖₂ without overflow or underflow on the way."""
    largest = float(np.abs(gradient).max(initial=0.0))
    scaled = gradient.astype(np.float64) / (largest or 1.0)
    return largest * math.sqrt(float(np.vdot(scaled, scaled)))


def _kind(found: Links, here: list[Node], behind: list[Node]) -> tuple[Kind, list[Node]]:
    """What a step is made of; OTHER where gradient comes past the level between, by a shortcut."""
    ways = [
        (node, source, way)
        for node in found
        for source, way in found[node].items()
        if source in behind
    ]
    kinds = {way.kind(node.spec.size == source.spec.size) for node, source, way in ways}
    if len(kinds) != 1 or {node for node, _, _ in ways} != set(here):
        return Kind.OTHER, []
    (kind,) = kinds
    by = {node for _, _, way in ways for node in way.by}
    return kind, sorted(by, key=lambda node: node.serial) if kind is Kind.WEIGHTS else []


def _layers(steps: list[Gain]) -> Iterator[LayerGain]:
    """The steps put together: a layer ends, on the way back, behind its weights.

    What lies before the activation of the layer next to the output is the loss.
    """
    ends = [i + 1 for i, step in enumerate(steps) if step.kind is Kind.WEIGHTS]
    loss = _loss(steps[: ends[0]]) if ends else 0
    if loss:
        whole = _product(steps[:loss])
        yield LayerGain(tuple(steps[:loss]), whole, None, None, whole)
    for start, end in pairwise(sorted({loss, *ends, len(steps)})):
        yield _layer(steps[start:end])


def _loss(group: list[Gain]) -> int:
    """How many of the steps up to the first weights are the loss.

    The activation is the slope nearest to the weights, unless it is the only one, with something
    that is neither slope nor bias between: then it is the loss's own, as in (w·x − y)².
    """
    slopes = [i for i, step in enumerate(group) if step.kind is Kind.ACTIVATION]
    between = slopes and not all(step.shifts for step in group[slopes[-1] + 1 : -1])
    return len(group) - 1 if not slopes or (len(slopes) == 1 and between) else slopes[-1]


def _layer(steps: list[Gain]) -> LayerGain:
    weights = [step for step in steps if step.kind is Kind.WEIGHTS]
    slopes = [step for step in steps if step.kind is Kind.ACTIVATION][-1:]
    others = [step for step in steps if step not in weights + slopes]
    return LayerGain(tuple(steps), *map(_product, (steps, slopes, weights, others)))


def _product(steps: Iterable[Gain]) -> float | None:
    factors = [step.factor for step in steps]
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if known and len(known) == len(factors) else None
