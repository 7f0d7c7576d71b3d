"""Scopes, from which a layer gets its parameters, its buffers and the step while it is applied."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeVar, final

import numpy as np

from chainrule.errors import ShapeError, UnknownNameError
from chainrule.ops import Tensor

__all__ = ["Scope"]

T = TypeVar("T")


class _NamedLayer(Protocol):
    """The attributes of a layer that `Scope.record` reads.

    A protocol, since the file that defines `Layer` imports this one.
    """

    name: str | None
    symbol: ClassVar[str]


@dataclass
class _Pass:
    """The state of one pass through a model, shared by the scopes of all its layers.

    first          for every dotted name, the first name of the same parameter or buffer
    linear_layers  number of Linear layers so far
    draws          number of random streams so far
    """

    parameters: Mapping[str, Tensor]
    buffers: Mapping[str, Tensor]
    training: bool
    step: Tensor
    first: Mapping[str, str]
    updates: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    outputs: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    applied: dict[str, Any] = field(default_factory=dict[str, Any])
    linear_layers: int = 0
    draws: int = 0


@final
class Scope:
    """Gives a layer its parameters and buffers by name, with values or as placeholders.

    >>> from chainrule.nn import Linear
    >>> layer = Linear.of([[2.0]], [1.0])
    >>> scope = layer.scope()
    >>> scope["weight"]
    Tensor([[2.]])
    """

    def __init__(self, shared: _Pass, prefix: str = "") -> None:
        self._pass = shared
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
        """The scope of a whole model.

        `parameters` and `buffers` are by dotted name.  A shared one is listed under its first name
        only; `first` maps each of its names to that one.
        """
        return cls(_Pass(parameters, buffers, training, step, first))

    @property
    def training(self) -> bool:
        """Whether this is a training pass: Dropout is on, BatchNorm uses the batch's statistics."""
        return self._pass.training

    @property
    def step(self) -> Tensor:
        """The number of the training step, an integer scalar."""
        return self._pass.step

    @property
    def updates(self) -> dict[str, Tensor]:
        """The new values of buffers, by dotted name, to be loaded after the pass."""
        return self._pass.updates

    @property
    def outputs(self) -> dict[str, Tensor]:
        """The output of every layer inside a container, by the layer's dotted name, in order."""
        return self._pass.outputs

    @property
    def applied(self) -> dict[str, Any]:
        """What every layer returned, by its dotted name, whether it was recorded or not."""
        return self._pass.applied

    def note(self, y: T) -> T:
        """Remember `y`, the output of the layer of this scope; returns it."""
        self._pass.applied[self.prefix.rstrip(".")] = y
        return y

    def child(self, name: str) -> Scope:
        """The scope of the layer called `name` inside this one."""
        return Scope(self._pass, f"{self.prefix}{name}.")

    def __getitem__(self, name: str) -> Tensor:
        """The parameter called `name` in this layer."""
        return self._find("parameter", name, self._pass.parameters)

    def __iter__(self) -> Iterator[str]:
        raise TypeError("a scope cannot be iterated; get a parameter by its name")

    def buffer(self, name: str) -> Tensor:
        """The buffer called `name` in this layer, as updated so far in this pass."""
        first = self._pass.first.get(self.prefix + name)
        if first in self._pass.updates:
            return self._pass.updates[first]
        return self._find("buffer", name, self._pass.buffers)

    def update(self, name: str, value: Tensor) -> None:
        """Give the buffer called `name` a new value.

        Raises ShapeError unless it has the buffer's shape and dtype.
        """
        old = self.buffer(name)
        if value.spec != old.spec:
            raise ShapeError(self.prefix + name, expected=str(old.spec), got=str(value.spec))
        self._pass.updates[self._pass.first[self.prefix + name]] = value

    def stream(self, seed: int) -> int:
        """A distinct seed for one use of random numbers.

        It depends on `seed`, on the layer's name in the model, and on how many streams were used
        before in this pass.
        """
        self._pass.draws += 1
        layer = zlib.crc32(self.prefix.encode())
        state = np.random.SeedSequence([seed, layer, self._pass.draws]).generate_state(2)
        return int(state[0]) << 32 | int(state[1])

    def record(self, name: str, layer: _NamedLayer, x: Any, y: T) -> T:
        """Record and name `y`, the output of `layer` for `x`; returns it.

        The name is the layer's own, or else its symbol with the number of Linear layers so far:
        `z1`, `a1`, … .  A layer that returns `x` itself does not rename it.
        """
        self._pass.linear_layers += layer.symbol == "z"
        if not isinstance(y, Tensor):  # a tree, whose tensors the layer names itself
            return y
        if not isinstance(x, Tensor) or y.node is not x.node:
            if layer.name:
                y.named(layer.name)
            elif layer.symbol and y.name is None:
                y.named(f"{layer.symbol}{self._pass.linear_layers}")
        self._pass.outputs[self.prefix + name] = y
        return y

    def _find(self, kind: str, name: str, among: Mapping[str, Tensor]) -> Tensor:
        full = self.prefix + name
        first = self._pass.first.get(full, full)
        if first not in among:
            raise UnknownNameError(kind, full, among)
        return among[first]
