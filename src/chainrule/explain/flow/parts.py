"""What the flow of a gradient consists of, as data: layers, steps, neurons, uses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = [
    "EntryFlow",
    "FactorKind",
    "LayerGain",
    "LevelFlow",
    "NeuronFlow",
    "StepGain",
    "Use",
    "product_of",
    "together",
]


class FactorKind(Enum):
    """What a local gradient consists of.

    ACTIVATION  a slope for each entry, taken at that entry: σ′(z), tanh′(z)
    WEIGHTS     parameters: the operation is linear in its operand, a weighted sum
    OTHER       anything else: a loss, a normalisation, constants, a product of two results
    """

    ACTIVATION = "activation"
    WEIGHTS = "weights"
    OTHER = "other"


@dataclass(frozen=True)
class StepGain:
    """The factor between the norms of the gradient at two successive distances from the output.

    start, end  names of the results on the output's side, and on the inputs' side
    norm        ‖∂output/∂end‖₂ over all entries
    factor      the norm divided by ‖∂output/∂start‖₂; None after a norm of 0
    kind        what the factor consists of
    by          the parameters it consists of, for weights
    shifts      whether the step only adds a bias
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    norm: float
    factor: float | None
    kind: FactorKind
    by: tuple[str, ...] = ()
    shifts: bool = False


@dataclass(frozen=True)
class LayerGain:
    """One layer: the slope of its activation, its weights, and its other factors.

    gain = activation · weights · other.  Each is None if the layer has no factor of that kind, or
    if no gradient reaches it.
    """

    steps: tuple[StepGain, ...]
    gain: float | None
    activation: float | None
    weights: float | None
    other: float | None

    @property
    def start(self) -> tuple[str, ...]:
        """Names of the results on the output's side."""
        return self.steps[0].start

    @property
    def end(self) -> tuple[str, ...]:
        """Names of the results on the inputs' side."""
        return self.steps[-1].end

    @property
    def norm(self) -> float:
        """The norm of the gradient on the inputs' side."""
        return self.steps[-1].norm

    @property
    def by(self) -> tuple[str, ...]:
        """Names of the parameters that are its weights."""
        return tuple(dict.fromkeys(name for step in self.steps for name in step.by))


@dataclass(frozen=True)
class NeuronFlow:
    """What flows through one entry of a result: the sum of the products of all paths through it.

    signed    the sum: how much of the gradient comes along these paths
    absolute  the sum of the products' magnitudes
    """

    name: str
    signed: float
    absolute: float


@dataclass(frozen=True)
class LevelFlow:
    """The neurons of one layer that any gradient flows through, largest absolute flow first."""

    names: tuple[str, ...]
    neurons: tuple[NeuronFlow, ...]


@dataclass(frozen=True)
class Use:
    """The contribution of one use of a parameter; `lag` numbers the uses from the output back."""

    lag: int
    at: tuple[str, ...]
    contribution: float


@dataclass(frozen=True)
class EntryFlow:
    """How the gradient with respect to one entry is composed.

    gradient  the sum of the products of all paths
    absolute  the sum of their magnitudes
    levels    the layers between, from the output back
    uses      for an entry that is used more than once: what each use contributes, the one nearest
              to the output first; in an unrolled recurrent network that is by time lag
    """

    wrt: str
    gradient: float
    absolute: float
    levels: tuple[LevelFlow, ...]
    uses: tuple[Use, ...]


def together(layers: Sequence[LayerGain]) -> LayerGain:
    """All layers as one: the products of their gains, activations, weights and other factors."""
    columns = ("activation", "weights", "other")
    parts = [[getattr(layer, column) for layer in layers] for column in columns]
    factors = ([factor for factor in part if factor is not None] for part in parts)
    steps = tuple(step for layer in layers for step in layer.steps)
    return LayerGain(steps, product_of(steps), *(math.prod(f) if f else None for f in factors))


def product_of(steps: Iterable[StepGain]) -> float | None:
    """The product of the steps' factors; None without steps, or if a factor is unknown."""
    factors = [step.factor for step in steps]
    known = [factor for factor in factors if factor is not None]
    return math.prod(known) if known and len(known) == len(factors) else None
