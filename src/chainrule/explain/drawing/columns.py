"""A network as data: columns of neurons and the edges between them, with their numbers."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.explain.drawing.diagram import Box

__all__ = ["Column", "Link", "Network", "Neuron"]


@dataclass(frozen=True)
class Neuron:
    """One neuron: its weighted sum and then its activation.

    `selected` says whether the derivation shows it.
    """

    steps: tuple[Box, ...]
    selected: bool = True

    @property
    def name(self) -> str:
        """The name of the neuron's output."""
        return self.steps[-1].name


@dataclass(frozen=True)
class Column:
    """A layer of `size` neurons: the ones that are shown, and their positions in the layer.

    In arrays with several rows, as for a batch, a neuron has an entry in each row: then `kind` is
    "entries".
    """

    title: str
    neurons: tuple[Neuron, ...]
    places: tuple[int, ...]
    size: int
    kind: str = "neurons"


@dataclass(frozen=True)
class Link:
    """An edge between two neurons.

    weight    the name of its weight; empty if it has none
    value     the weight, or the local gradient if there is none
    gradient  with respect to the weight, or the contribution along the edge if there is none
    selected  whether the derivation shows it
    asked     whether its weight was asked about
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
    """A network: columns of neurons, left to right, and the edges between the shown ones."""

    title: str
    output: str
    columns: tuple[Column, ...]
    links: tuple[Link, ...]
