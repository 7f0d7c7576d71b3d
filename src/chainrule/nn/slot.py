"""Slots: where a layer stores a parameter or a buffer."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule.arguments import dtype_of
from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.graph import Array, Spec
from chainrule.nn.initialisers import Initialiser
from chainrule.ops import Tensor, variable
from chainrule.ops.tensor import constant, frozen, numeric

__all__ = ["Slot", "checked_values"]


@final
class Slot:
    """One parameter or buffer: its shape and dtype, its initialiser, and its current tensor.

    The tensor is drawn when it is first read, by `np.random.default_rng([seed, index])`.  The index
    is the slot's position among the parameters of the outermost model that it is part of, so that
    equal layers of one model differ.  The tensor stays the same until `fill` or `follow`
    replaces it.

    Raises OptionError unless `dtype` is float64 or float32.

    >>> from chainrule.nn import Linear
    >>> for name, slot in Linear(3, 2).slots():
    ...     print(name, slot.spec, slot.init)
    weight f64[2,3] XavierUniform(gain=1.0)
    bias f64[2] Zeros()
    """

    filled: ClassVar[object] = object()
    """Replaced when any slot is filled, so that owners of older copies notice that they are old."""

    def __init__(
        self,
        shape: tuple[int, ...],
        init: Initialiser,
        *,
        dtype: Any = np.float64,
        seed: int | None = None,
        trained: bool = True,
    ) -> None:
        self.spec = Spec(shape, dtype_of("dtype", dtype))
        if not self.spec.differentiable:
            raise OptionError("dtype", expected="float64 or float32", got=str(self.spec.dtype))
        self.init = init
        self.seed = seed
        self.trained = trained
        self.name = ""
        self.index = 0
        self._tensor: Tensor | None = None
        self._source: Callable[[], Any] | None = None

    @property
    def tensor(self) -> Tensor:
        """The current value: a variable if it is trained, else a constant."""
        if self._tensor is None:
            self.fill(self._source() if self._source else self._drawn())
        assert self._tensor is not None
        return self._tensor

    def fill(self, value: Any) -> None:
        """Replace the tensor by `value`, cast to the slot's dtype and copied unless read-only."""
        array = np.asarray(value.value if isinstance(value, Tensor) else value)
        array = frozen(array, self.spec.dtype)
        self._tensor = variable(array) if self.trained else constant(array)
        self._tensor.named(self.name)
        self._source = None
        Slot.filled = object()

    def follow(self, source: Callable[[], Any]) -> None:
        """Take the value from `source` when the tensor is read, and not before."""
        self._tensor, self._source = None, source
        Slot.filled = object()

    def _drawn(self) -> Any:
        return self.init(self.spec.shape, np.random.default_rng([self.seed or 0, self.index]))

    def __deepcopy__(self, memo: dict[int, Any]) -> Slot:
        """A slot with a tensor of its own, so that a copied model is trained by itself."""
        other = copy.copy(self)
        memo[id(self)] = other
        if self._tensor is not None or self._source:
            other.fill(self.tensor)
        return other

    def __getstate__(self) -> dict[str, Any]:
        """A source is of this process: what is pickled is its value."""
        if self._source:
            self.fill(self._source())
        return self.__dict__

    def place(self, name: str, index: int, seed: int | None) -> None:
        """Make the slot part of a model, under this name and index.

        The seed only counts if the slot has none yet from a layer further inside.
        """
        self.name, self.index = name, index
        self.seed = seed if self.seed is None else self.seed
        if self._tensor is not None:
            self._tensor.named(name)


def checked_values(
    slots: Mapping[str, Slot], values: Mapping[str, Any], *, partial: bool
) -> dict[str, Array]:
    """Values to fill slots with, as arrays, all checked; see `Layer.load`."""
    # not every caller is type-checked
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        got = type(values).__name__
        raise OptionError("load", expected="a dict of arrays by name", got=got)
    arrays = {name: numeric(_array_like(value), name) for name, value in values.items()}
    for name, array in arrays.items():
        if name not in slots:
            raise UnknownNameError("load", name, slots)
        if array.shape != slots[name].spec.shape:
            raise ShapeError(name, expected=f"shape {slots[name].spec.shape}", got=f"{array.shape}")
    missing = [name for name in slots if name not in arrays]
    if missing and not partial:
        raise OptionError(
            "load",
            expected="a value for every parameter and buffer",
            got=f"none for {', '.join(missing[:6])}{', …' * (len(missing) > 6)}",
            remedy="pass partial=True to keep those as they are",
        )
    return arrays


def _array_like(value: Any) -> Any:
    return value.value if isinstance(value, Tensor) else value
