"""Layers: functions of an array, with named parameters."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.graph import Array
from chainrule.graph.display import write
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.tensor import Operand, constant, lift, numeric

__all__ = ["Layer"]


class Layer(ABC):
    """A function of an array, with named parameters, and buffers that training updates.

    The function itself is `apply(scope, x)`: it takes everything from the scope, so that it runs
    with values and with placeholders alike.  Calling a layer runs it on its own parameters:

    >>> from chainrule.nn import Linear
    >>> neuron = Linear.of([[2.0, -1.0]], [0.5])
    >>> neuron([1.0, 1.0])
    Tensor([1.5])
    >>> neuron([1.0, 1.0]).sum().gradients()
    {'weight': Tensor([[1., 1.]]), 'bias': Tensor([1.])}

    The same tensors are used at every call, so a layer used twice in one record gets the gradient
    of both uses, summed.  Inside a container a parameter is called by its full dotted name, such as
    `layers.0.weight`.
    """

    symbol: ClassVar[str] = ""
    """The letter of this layer's output in an explanation: z, n, a, d; none for a container."""

    _inference: Callable[[Any], Array] | None = None

    def __init__(
        self,
        name: str | None = None,
        *,
        slots: Mapping[str, Slot] | None = None,
        children: Mapping[str, Layer] | None = None,
        seed: int | None = None,
    ) -> None:
        self.name = name
        self._own = dict(slots or {})
        self.children = dict(children or {})
        if seed is not None and (not isinstance(seed, (int, np.integer)) or seed < 0):
            raise OptionError("seed", expected="a whole number, 0 or more", got=repr(seed))
        parameters = itertools.count()
        for full, slot in self._kept().items():
            slot.place(full, next(parameters) if slot.trained else 0, seed)

    @abstractmethod
    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        """The function itself, with parameters, buffers and the step taken from `scope`."""

    def __call__(self, x: Operand, *, training: bool = False, step: int = 0) -> Tensor:
        """Apply the layer to `x` with its own parameters, in evaluation unless `training`.

        Arrays that are no tensors are cast to the layer's dtype.  Buffers stay as they are: `scope`
        gives the updates.  `step` numbers the draws of Dropout.
        """
        if isinstance(x, Tensor):
            tensor = x
        else:
            tensor = lift(x)
            if tensor.node.kind == "constant":
                tensor = constant(tensor.value.astype(self.dtype))
        y = self.apply(self.scope(training=training, step=step), tensor)
        return y.named(self.name) if self.name and y.node is not tensor.node else y

    def predict(self, x: Any) -> Array:
        """The outputs for `x` as an array, in evaluation, by the compiled engine.

        x is one sample (D,) or a batch (B, D), or has more axes before the last, as the model
        takes them; the outputs are a new array in the model's dtype, to which x is cast.  Dropout
        is off and BatchNorm uses its running statistics.  A batch is run 1024 rows at a time.

        The first call for a shape plans a program, which takes milliseconds; the first call of a
        process loads the engine, half a second, and the first on a machine compiles it.  Parameters
        that were replaced meanwhile, by training or `load`, are seen.  Threads may call it at once.

        Raises ShapeError for inputs of another width and OptionError for what are no numbers.

        >>> import numpy as np
        >>> from chainrule.nn import Linear
        >>> Linear.of([[1.0, 2.0], [3.0, 4.0]], [0.5]).predict(np.array([1.0, 1.0]))
        array([3.5, 7.5])
        """
        infer = self._inference
        if infer is None:
            infer = self._inference = FUNCTIONS["inference"](self)
        return infer(x)

    def to_torch(self) -> Any:
        """The model as a plain PyTorch module with the same outputs.  See `cr.to_torch`."""
        return FUNCTIONS["to_torch"](self)

    def scope(
        self,
        parameters: Mapping[str, Tensor] | None = None,
        buffers: Mapping[str, Tensor] | None = None,
        *,
        training: bool = False,
        step: int | Tensor = 0,
    ) -> Scope:
        """What `apply` needs: these parameters and buffers by dotted name, or the layer's own."""
        return Scope.of(
            self.parameters() if parameters is None else parameters,
            self.buffers() if buffers is None else buffers,
            training=training,
            step=step if isinstance(step, Tensor) else constant(np.int64(step)),
            first=self._first(),
        )

    def parameters(self) -> dict[str, Tensor]:
        """What is trained, by dotted name, in order; a parameter with two places is listed once."""
        return {name: slot.tensor for name, slot in self._kept().items() if slot.trained}

    def buffers(self) -> dict[str, Tensor]:
        """What training updates without a gradient, such as running statistics, by dotted name."""
        return {name: slot.tensor for name, slot in self._kept().items() if not slot.trained}

    def load(self, values: Mapping[str, Any], *, partial: bool = False) -> None:
        """Replace parameters and buffers by the values given, by dotted name.

        Every one must be there unless `partial`.  Nothing is replaced before all is checked:
        UnknownNameError for a name the model has not, ShapeError for a shape that differs,
        OptionError for one that is missing.
        """
        kept = self._kept()
        arrays = {name: numeric(_value(value), name) for name, value in values.items()}
        for name, array in arrays.items():
            if name not in kept:
                raise UnknownNameError("load", name, kept)
            if array.shape != kept[name].spec.shape:
                raise ShapeError(
                    name, expected=f"shape {kept[name].spec.shape}", got=f"{array.shape}"
                )
        missing = [name for name in kept if name not in arrays]
        if missing and not partial:
            raise OptionError(
                "load",
                expected="a value for every parameter and buffer",
                got=f"none for {', '.join(missing[:6])}{', …' * (len(missing) > 6)}",
                remedy="pass partial=True to keep those as they are",
            )
        for name, array in arrays.items():
            kept[name].fill(array)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating dtype of the parameters; float64 where there are none."""
        dtypes = [slot.spec.dtype for slot in self._kept().values()]
        return np.result_type(*dtypes) if dtypes else np.dtype(np.float64)

    def slots(self, prefix: str = "") -> Iterator[tuple[str, Slot]]:
        """Every place of every parameter and buffer, by dotted name, depth first."""
        for name, slot in self._own.items():
            yield prefix + name, slot
        for name, child in self.children.items():
            yield from child.slots(f"{prefix}{name}.")

    def options(self) -> Mapping[str, Any]:
        """What the layer was made with, as it is printed."""
        return {}

    @property
    def kind(self) -> str:
        """What it is, as it is printed: the name of its class."""
        return type(self).__name__

    def __repr__(self) -> str:
        parts = [*map(repr, self.children.values())]
        parts += [f"{key}={value!r}" for key, value in self.options().items()]
        parts += [f"name={self.name!r}"] if self.name else []
        return f"{self.kind}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        return write(self, "html")

    def _first(self) -> dict[str, str]:
        """Every dotted name → the first name of the same slot."""
        names: dict[Slot, str] = {}
        return {name: names.setdefault(slot, name) for name, slot in self.slots()}

    def _kept(self) -> dict[str, Slot]:
        """Every slot once, by its first name."""
        names: dict[Slot, str] = {}
        for name, slot in self.slots():
            names.setdefault(slot, name)
        return {name: slot for slot, name in names.items()}


def _value(value: Any) -> Any:
    return value.value if isinstance(value, Tensor) else value
