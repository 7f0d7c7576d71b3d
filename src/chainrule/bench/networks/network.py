"""The interface of a network: what every library and the roof have to know about it."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from chainrule.graph import Array

__all__ = ["LossName", "Network", "Product", "Weights", "linear_products", "recurrent_products"]

Product = tuple[str, int, int, int]
"""A matrix product (kind, m, n, k): out (m, n) = left (m, k) · right (k, n)."""

LossName = Literal["cross_entropy", "mse"]


@dataclass(frozen=True)
class Network(ABC):
    """A network by its sizes, which are the fields of the subclass.

    kind          its name in JSON
    loss          cross-entropy of logits (…, K) and labels (…), or the mean squared error
    input_shape   the shape of one row of x
    codes         the number of codes in x if x has integers, otherwise None
    target_shape  the shape of one row of y
    activations   how many numbers of one row the backward pass needs
    description   its sizes in a few words
    """

    kind: ClassVar[str]
    loss: ClassVar[LossName] = "cross_entropy"

    @property
    @abstractmethod
    def input_shape(self) -> tuple[int, ...]: ...

    @property
    def codes(self) -> int | None:
        return None

    @property
    def target_shape(self) -> tuple[int, ...]:
        return ()

    @property
    @abstractmethod
    def outputs(self) -> int:
        """The length of the last axis of an output: classes, or numbers that are predicted."""

    @property
    @abstractmethod
    def activations(self) -> int: ...

    @property
    @abstractmethod
    def description(self) -> str: ...

    @abstractmethod
    def data(self, rows: int) -> tuple[Array, Array]:
        """Inputs and targets with a fixed seed: float32, or int64 for codes and labels.

        They have noise, which keeps the loss well above 0, where numbers would become subnormal.
        """

    @abstractmethod
    def parameters(self) -> dict[str, Array]:
        """The initial parameters, float32, with a fixed seed, in the order of the layers."""

    @abstractmethod
    def products(self, rows: int, *, training: bool = True) -> list[Product]:
        """The matrix products of a step on this many rows, or of a prediction."""

    def to_dict(self) -> dict[str, Any]:
        """The kind and the sizes as plain data for JSON."""
        return {"kind": self.kind, **dataclasses.asdict(self)}

    def form(self) -> dict[str, Any]:
        """What inputs and targets look like, for those that make up their own."""
        names = ("loss", "input_shape", "codes", "target_shape", "outputs")
        return {name: getattr(self, name) for name in names}


class Weights:
    """Draws initial parameters with a fixed seed."""

    def __init__(self) -> None:
        self._rng = np.random.default_rng(2)
        self.arrays: dict[str, Array] = {}

    def add(self, name: str, *shape: int, spread: float, centre: float = 0.0) -> None:
        """Draw one parameter around `centre`, with this standard deviation."""
        drawn = centre + spread * self._rng.standard_normal(shape)
        self.arrays[name] = drawn.astype(np.float32)

    def add_layer(self, name: str, h: int, d: int, *, size: tuple[int, ...] = ()) -> None:
        """Weight (H, D, *size) as Xavier and He have them for so many inputs, and bias (H,)."""
        self.add(f"{name}.weight", h, d, *size, spread=1 / math.sqrt(d * math.prod(size)))
        self.add(f"{name}.bias", h, spread=0.01)

    def add_recurrent(self, name: str, gates: int, h: int, d: int) -> None:
        """The parameters of a recurrent layer, in PyTorch's order."""
        for part, width in (("ih", d), ("hh", h)):
            self.add(f"{name}.weight_{part}", gates * h, width, spread=1 / math.sqrt(width))
        for part in ("ih", "hh"):
            self.add(f"{name}.bias_{part}", gates * h, spread=0.01)


def linear_products(rows: int, h: int, d: int, *, input_gradient: bool = True) -> list[Product]:
    """X·Wᵀ in the forward pass, gᵀ·X and g·W in the backward pass.

    >>> linear_products(8, 2, 3)
    [('forward', 8, 2, 3), ('weight', 2, 3, 8), ('input', 8, 3, 2)]
    """
    found: list[Product] = [("forward", rows, h, d), ("weight", h, d, rows)]
    return [*found, ("input", rows, d, h)] if input_gradient else found


def recurrent_products(
    rows: int, steps: int, gates: int, h: int, d: int, *, input_gradient: bool
) -> list[Product]:
    """Those of a recurrent layer with all its gates in one product.

    Inputs are projected in one product over all steps, and each weight has its gradient in one;
    h·Uᵀ and g·U must be computed step by step.

    >>> found = recurrent_products(32, 50, 4, 128, 32, input_gradient=False)
    >>> found.count(("forward", 32, 512, 128))
    50
    """
    width = gates * h
    found = linear_products(rows * steps, width, d, input_gradient=input_gradient)
    found += [("forward", rows, width, h), ("input", rows, h, width)] * steps
    return [*found, ("weight", width, h, rows * steps)]
