"""Scopes: what a layer sees of the model while it is applied."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from chainrule.errors import ShapeError, UnknownNameError
from chainrule.ops import Tensor

if TYPE_CHECKING:
    from chainrule.nn.layer import Layer

__all__ = ["Scope"]


@dataclass
class _Pass:
    """One pass through a model, shared by the scopes of all its layers."""

    parameters: Mapping[str, Tensor]
    buffers: Mapping[str, Tensor]
    training: bool
    step: Tensor
    first: Mapping[str, str]  # where one layer has two places: its first name, by every name
    updates: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    outputs: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    numbered: int = 0
    draws: int = 0


@final
class Scope:
    """Hands a layer its parameters and buffers by name, real ones or placeholders alike.

    >>> from chainrule.nn import Linear
    >>> layer = Linear.of([[2.0]], [1.0])
    >>> scope = layer.scope()
    >>> scope["weight"]
    Tensor([[2.]])
    """

    def __init__(self, shared: _Pass, prefix: str = "") -> None:
        self._shared = shared
        self.prefix = prefix

    @classmethod
    def of(
        cls,
        parameters: Mapping[str, Tensor],
        buffers: Mapping[str, Tensor],
        *,
        training: bool,
        step: Tensor,
        first: Mapping[str, str],
    ) -> Scope:
        """The scope of a whole model; `first` maps every name to the one it is kept by."""
        return cls(_Pass(parameters, buffers, training, step, first))

    @property
    def training(self) -> bool:
        """Whether this pass trains: Dropout drops, BatchNorm uses the batch."""
        return self._shared.training

    @property
    def step(self) -> Tensor:
        """The number of the training step, an integer scalar."""
        return self._shared.step

    @property
    def updates(self) -> dict[str, Tensor]:
        """New values of buffers, by full name, after the pass."""
        return self._shared.updates

    @property
    def outputs(self) -> dict[str, Tensor]:
        """What each layer inside a container gave, by the layer's full name, in order."""
        return self._shared.outputs

    def child(self, name: str) -> Scope:
        """The scope of a layer inside this one."""
        return Scope(self._shared, f"{self.prefix}{name}.")

    def __getitem__(self, name: str) -> Tensor:
        """The parameter called `name` in this layer."""
        return self._find("parameter", name, self._shared.parameters)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a scope is asked by name")

    def buffer(self, name: str) -> Tensor:
        """The buffer called `name` in this layer, as updated so far in this pass."""
        kept = self._shared.first.get(self.prefix + name)
        if kept in self._shared.updates:
            return self._shared.updates[kept]
        return self._find("buffer", name, self._shared.buffers)

    def update(self, name: str, value: Tensor) -> None:
        """Give a buffer a new value, to be kept after the pass.  ShapeError unless it fits."""
        old = self.buffer(name)
        if value.spec != old.spec:
            raise ShapeError(self.prefix + name, expected=str(old.spec), got=str(value.spec))
        self._shared.updates[self._shared.first[self.prefix + name]] = value

    def stream(self, seed: int) -> int:
        """A seed of its own for one use of random numbers: by seed, place, and use in this pass."""
        self._shared.draws += 1
        place = zlib.crc32(self.prefix.encode())
        state = np.random.SeedSequence([seed, place, self._shared.draws]).generate_state(2)
        return int(state[0]) << 32 | int(state[1])

    def record(self, name: str, layer: Layer, x: Tensor, y: Tensor) -> Tensor:
        """Note what `layer` made of `x`, and name it: `net_h` as asked, else `z1`, `a1`, … .

        The number counts the Linear layers so far.  What a layer hands on untouched keeps its name.
        """
        self._shared.numbered += layer.symbol == "z"
        if y.node is not x.node:
            if layer.name:
                y.named(layer.name)
            elif layer.symbol and y.name is None:
                y.named(f"{layer.symbol}{self._shared.numbered}")
        self._shared.outputs[self.prefix + name] = y
        return y

    def _find(self, kind: str, name: str, among: Mapping[str, Tensor]) -> Tensor:
        full = self.prefix + name
        kept = self._shared.first.get(full, full)
        if kept not in among:
            raise UnknownNameError(kind, full, among)
        return among[kept]
