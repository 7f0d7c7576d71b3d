"""A derivation as data: all that renderers see of a gradient and its computation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chainrule.explain.derivation.rounding_errors import Effects, written_in_full
from chainrule.formula import Formula, Remainder, remainders
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = [
    "BackwardStep",
    "Chain",
    "Contribution",
    "Derivation",
    "DescentStep",
    "Deviation",
    "Factor",
    "ForwardStep",
    "Local",
    "Product",
    "Rounding",
    "Units",
    "Update",
]


@dataclass(frozen=True)
class Local:
    """∂consumer/∂input: its formula, also with numbers in place of names, and its value."""

    input: str
    formula: Formula
    substituted: Formula
    value: float


@dataclass(frozen=True)
class ForwardStep:
    """One value, computed from earlier ones; leaves have `op` 'variable' or 'constant'.

    `array` is the name of the array that it is an entry of; a scalar's is `name`.
    """

    name: str
    op: str
    formula: Formula
    substituted: Formula
    value: float
    locals: tuple[Local, ...] = ()
    array: str = ""

    @property
    def leaf(self) -> bool:
        """Whether the value is an input, not computed."""
        return self.op in ("variable", "constant")

    @property
    def rests(self) -> tuple[Remainder, ...]:
        """The sums that the ellipses in the formula stand for, left to right."""
        return tuple(dict.fromkeys(remainders(self.formula)))


@dataclass(frozen=True)
class Contribution:
    """The gradient that one consumer sends back: local × upstream = product."""

    via: str
    local: Local
    upstream: float
    product: float


@dataclass(frozen=True)
class BackwardStep:
    """∂output/∂name: the sum of its contributions; the output itself is seeded with 1.

    Of many contributions, `contributions` has the largest; the `omitted` others add up to `rest`.
    `notes` state the convention applied where a consumer has no derivative.
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
    """∂output/∂wrt as a sum over `count` paths: the largest products, and `rest` for the others.

    `positive` and `negative` are the sums of all products of one sign.  In a record with too many
    edges to be read, the chain is not `complete`: then these three, and `products`, are of the
    paths along contributions that are shown, and `rest` is the sum over all others.
    """

    wrt: str
    gradient: float
    count: int
    products: tuple[Product, ...]
    rest: float
    positive: float
    negative: float
    complete: bool = True

    def route(self, product: Product) -> list[str]:
        """The names along one path, from the output to the parameter."""
        return [*(factor.of for factor in product.factors), self.wrt]

    def share(self, product: Product) -> float | None:
        """The fraction of the gradient that one product is; None for a gradient of 0."""
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
class DescentStep:
    """The output at one point of the descent, and the `parameters`, in the order of the updates.

    `estimate` is what the gradient of the step before promised: f − η · Σ (∂f/∂p)².
    """

    value: float
    estimate: float | None
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class Deviation:
    """A result of rounded numbers, next to the exact one."""

    name: str
    rounded: float
    exact: float


@dataclass(frozen=True)
class Units:
    """A standardised number and its gradient, and both in the units of the data."""

    name: str
    value: float
    original: float
    gradient: float | None
    original_gradient: float | None


@dataclass(frozen=True)
class Rounding:
    """How numbers were rounded before they were used, and how far that led.

    `digits` are places after the point, or digits that are `significant`.  `cut` has the numbers
    that rounding changed, with the power of ten that each was rounded to; exact results in `zeros`
    are 0 but for the rounding of binary arithmetic.
    """

    digits: int
    significant: bool
    deviations: tuple[Deviation, ...]
    cut: Mapping[float, int] = field(default_factory=dict[float, int])
    zeros: frozenset[float] = frozenset()


@dataclass(frozen=True)
class Derivation:
    """Forward pass, backward pass, sums over paths, updates: in the order they are shown.

    `gradients` holds the whole gradient of every leaf and every named node, as nested lists.
    `ranked` says whether a number of paths was asked for: the chains then have that many products,
    and are shown with the sums of the positive and of the negative ones.
    `operands` are values that the steps read and that are not explained themselves: those left out
    by `trim`.  `stays` names the variables that the update leaves, and `descent` has the output
    before the update, after it, and after each repetition.  `zeros` are the values and gradients
    that are 0 but for rounding, and `effects` what depends on them.  `rounding` is set if all
    numbers were rounded before they were used.  Of a large record only the largest steps are
    listed; `unlisted` is the number of others.  `units` has what standardised numbers are in the
    units of a table.
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
    operands: tuple[ForwardStep, ...] = ()
    stays: tuple[str, ...] = ()
    descent: tuple[DescentStep, ...] = ()
    zeros: frozenset[float] = frozenset()
    effects: Effects = ()
    rounding: Rounding | None = None
    unlisted: int = 0
    units: tuple[Units, ...] = ()

    def writer(self, style: NumberStyle) -> NumberWriter:
        """Writes the numbers of this derivation in a style."""
        cut = self.rounding.cut if self.rounding else None
        plain = NumberWriter(style, self.zeros, cut).plain
        full, derived = written_in_full(self.effects, self.zeros, plain)
        return NumberWriter(style, self.zeros - full, cut, self.zeros - derived)
