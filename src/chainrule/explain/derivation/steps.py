"""Derivations: the story of a gradient as data.  Renderers see these and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.graph.formula import Formula, Remainder, remainders

__all__ = [
    "BackwardStep",
    "Chain",
    "Contribution",
    "Derivation",
    "Factor",
    "ForwardStep",
    "Local",
    "Product",
    "Update",
]


@dataclass(frozen=True)
class Local:
    """∂consumer/∂input: how it is written and what it comes to."""

    input: str
    formula: Formula
    substituted: Formula
    value: float


@dataclass(frozen=True)
class ForwardStep:
    """One value computed from earlier ones; leaves have `op` 'variable' or 'constant'."""

    name: str
    op: str
    formula: Formula
    substituted: Formula
    value: float
    locals: tuple[Local, ...] = ()

    @property
    def leaf(self) -> bool:
        """Whether the value was given, not computed."""
        return self.op in ("variable", "constant")

    @property
    def rests(self) -> tuple[Remainder, ...]:
        """What the ellipses in the formula stand for, left to right."""
        return tuple(dict.fromkeys(remainders(self.formula)))


@dataclass(frozen=True)
class Contribution:
    """What one consumer sends back: local × upstream = product."""

    via: str
    local: Local
    upstream: float
    product: float


@dataclass(frozen=True)
class BackwardStep:
    """∂output/∂name: the sum of its contributions; the output itself is seeded with 1.

    Of many contributions the largest stand in `contributions`; `omitted` more add up to `rest`.
    `notes` tell what was chosen where a consumer has no derivative.
    """

    name: str
    gradient: float
    contributions: tuple[Contribution, ...]
    omitted: int = 0
    rest: float = 0.0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Factor:
    """One local gradient ∂of/∂by in a product along a path."""

    of: str
    by: str
    value: float


@dataclass(frozen=True)
class Product:
    """The product of local gradients along one path, from the output to the parameter."""

    factors: tuple[Factor, ...]
    value: float


@dataclass(frozen=True)
class Chain:
    """∂output/∂wrt as a sum over paths: the largest products, and what the others come to.

    `positive` and `negative` are the sums of all products of one sign.
    """

    wrt: str
    gradient: float
    count: int
    products: tuple[Product, ...]
    rest: float
    positive: float
    negative: float

    def route(self, product: Product) -> list[str]:
        """The names along one path, from the output to the parameter."""
        return [*(factor.of for factor in product.factors), self.wrt]

    def share(self, product: Product) -> float | None:
        """What part of the gradient one product is; None where the gradient is 0."""
        return product.value / self.gradient if self.gradient else None


@dataclass(frozen=True)
class Update:
    """One step of gradient descent: new = old − learning_rate · gradient."""

    name: str
    old: float
    gradient: float
    learning_rate: float
    new: float


@dataclass(frozen=True)
class Derivation:
    """Forward pass, backward pass, full products, update: in the order they are selected.

    `gradients` holds every leaf and every named node whole, as nested lists.  `ranked` says that a
    number of paths was asked for: the chains have so many products, and are selected with their sums.
    """

    title: str
    output: str
    value: float
    forward: tuple[ForwardStep, ...]
    backward: tuple[BackwardStep, ...]
    chains: tuple[Chain, ...]
    updates: tuple[Update, ...]
    gradients: dict[str, object]
    ranked: bool = False
