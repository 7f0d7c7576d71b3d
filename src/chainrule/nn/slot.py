"""Slots: the places where a layer keeps its arrays."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.nn.init import Initialiser
from chainrule.ops import Tensor, variable
from chainrule.ops.tensor import constant, frozen

__all__ = ["Slot"]


@final
class Slot:
    """One parameter or buffer: what shape it has, how it is drawn, and the tensor it holds now.

    It is drawn when it is first asked for, with `np.random.default_rng([seed, index])`: the index
    is its place among the parameters of the outermost model it has become part of, so that equal
    layers of one model differ.  The tensor stays the same until `fill` replaces it.
    """

    filled: ClassVar[object] = object()
    """Another object each time any slot was filled: who keeps values knows when to look again."""

    def __init__(
        self,
        shape: tuple[int, ...],
        init: Initialiser,
        *,
        dtype: Any = np.float64,
        seed: int | None = None,
        trained: bool = True,
    ) -> None:
        self.spec = Spec(shape, np.dtype(dtype))
        if not self.spec.differentiable:
            raise OptionError("dtype", expected="float64 or float32", got=str(self.spec.dtype))
        self.init = init
        self.seed = seed
        self.trained = trained
        self.name = ""
        self.index = 0
        self._tensor: Tensor | None = None

    @property
    def tensor(self) -> Tensor:
        """The value: a variable where it is trained, else a constant."""
        if self._tensor is None:
            rng = np.random.default_rng([self.seed or 0, self.index])
            self.fill(self.init(self.spec.shape, rng))
        assert self._tensor is not None
        return self._tensor

    def fill(self, value: Any) -> None:
        """Replace the tensor; the value is cast to the slot's dtype, and copied unless frozen."""
        array = np.asarray(value.value if isinstance(value, Tensor) else value)
        array = frozen(array, self.spec.dtype)
        self._tensor = variable(array) if self.trained else constant(array)
        self._tensor.named(self.name)
        Slot.filled = object()

    def place(self, name: str, index: int, seed: int | None) -> None:
        """Become part of a model, under this name; the seed that is nearest to a layer counts."""
        self.name, self.index = name, index
        self.seed = seed if self.seed is None else self.seed
        if self._tensor is not None:
            self._tensor.named(name)
