"""Diagrams: a computation as boxes and wires, or a network as columns, with all their numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from chainrule.explain.derivation import Derivation, ForwardStep
from chainrule.graph.formula import Formula, Remainder, Sum, Symbol

__all__ = ["Box", "Column", "Diagram", "Link", "Network", "Neuron", "Wire", "circuit"]


@dataclass(frozen=True)
class Box:
    """A step of the computation, or several selected as one.

    name      as the record knows it
    kind      'variable', 'constant', or what is computed: a primitive, or 'composite'
    formula   how it is made from the boxes before it; empty for a leaf
    value     None while it has not run
    gradient  ∂output/∂name, None while it has not run
    holds     the names of the steps selected as one; of several, `gradient` is the largest by magnitude
    """

    name: str
    kind: str
    formula: str
    value: float | None
    gradient: float | None
    holds: tuple[str, ...] = ()

    @property
    def members(self) -> int:
        """How many steps stand here."""
        return len(self.holds) or 1

    @property
    def leaf(self) -> bool:
        """Whether this is a value that was given, not computed."""
        return self.kind in ("variable", "constant") and self.members == 1


@dataclass(frozen=True)
class Wire:
    """`consumer` is made from `source`.

    local    ∂consumer/∂source, as a formula and as a number; None where there is none
    product  local × upstream, what comes back along this wire; None while it has not run
    """

    source: str
    consumer: str
    formula: str = ""
    local: float | None = None
    product: float | None = None


@dataclass(frozen=True)
class Diagram:
    """A circuit: boxes in the order they are computed, and the wires between them.

    `note` says what the boxes leave out.
    """

    title: str
    output: str
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    note: str = ""

    @property
    def forks(self) -> frozenset[str]:
        """The boxes whose value is used more than once: their gradient is a sum."""
        used = Counter(wire.source for wire in self.wires)
        return frozenset(name for name, times in used.items() if times > 1)


@dataclass(frozen=True)
class Neuron:
    """One neuron: its weighted sum and what its activation makes of it, in this order.

    `selected` where the derivation passes it on its way from what was asked.
    """

    steps: tuple[Box, ...]
    selected: bool = True

    @property
    def name(self) -> str:
        """The name of what leaves the neuron."""
        return self.steps[-1].name


@dataclass(frozen=True)
class Column:
    """The neurons of a layer that are shown, `size` of them in all, and their places there.

    Of arrays with several rows, as for a batch, a neuron has an entry in each: `kind` is "entries".
    """

    title: str
    neurons: tuple[Neuron, ...]
    places: tuple[int, ...]
    size: int
    kind: str = "neurons"


@dataclass(frozen=True)
class Link:
    """An edge between two neurons.

    weight    the name of the parameter on it; empty where it has none
    value     the weight, or where there is none the local gradient
    gradient  of the weight, or where there is none what comes back along the edge
    selected      whether the derivation follows it; `asked` whether its weight was asked about
    """

    source: str
    consumer: str
    weight: str
    value: float
    gradient: float
    selected: bool = True
    asked: bool = False


@dataclass(frozen=True)
class Network:
    """A network: columns of neurons, left to right, and the edges between those that are shown."""

    title: str
    output: str
    columns: tuple[Column, ...]
    links: tuple[Link, ...]


def circuit(derivation: Derivation) -> Diagram:
    """The steps of a derivation as boxes, their local gradients on the wires.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=3.0, y=4.0)
    >>> drawn = circuit(cr.explain((x * y).named("f")).derivation)
    >>> drawn.boxes[0].gradient, drawn.wires[0]
    (4.0, Wire(source='x', consumer='f', formula='y', local=4.0, product=4.0))
    """
    gradients = {step.name: step.gradient for step in derivation.backward}
    boxes = {
        step.name: Box(
            step.name,
            step.op,
            "" if step.leaf else str(_brief(step)),
            step.value,
            gradients[step.name],
        )
        for step in derivation.forward
    }
    whole = not any(step.omitted for step in derivation.backward)
    wires: list[Wire] = []
    for step in derivation.forward:
        slopes = {local.input: local for local in step.locals}
        # in the order the formula names them; of a story that is selected whole, also what is used
        # without a gradient coming back
        read = [name for name in step.formula.symbols() if name in slopes or whole]
        for name in dict.fromkeys([*read, *slopes]):
            if name in slopes:
                local = slopes[name]
                product = local.value * gradients[step.name]
                wires.append(Wire(name, step.name, str(local.formula), local.value, product))
            elif name in boxes and name != step.name:
                wires.append(Wire(name, step.name, product=0.0))
    return Diagram(derivation.title, derivation.output, tuple(boxes.values()), tuple(wires))


def _brief(step: ForwardStep) -> Formula:
    """The formula; of a sum that leaves terms out anyway, the terms that wires lead to."""
    match step.formula:
        case Sum(terms) if any(isinstance(term, Remainder) for term in terms):
            sources = {local.input for local in step.locals}
            read = [term for term in terms if not sources.isdisjoint(term.symbols())]
            return Sum((*read, Symbol("…", fixed=True)))
        case formula:
            return formula
