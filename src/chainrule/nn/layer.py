"""The base class of layers: a function of an array, with named parameters and buffers."""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.graph import Array
from chainrule.graph.display import write
from chainrule.nn.argument_checks import check_seed
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.tensor import Operand, constant, lift, numeric

__all__ = ["Layer"]


class Layer(ABC):
    """Base of the layers: a function of an array, with named parameters and buffers.

    Parameters are trained by gradients; buffers, such as running statistics, have other updates.
    A subclass defines the function as `apply(scope, x)`.  It takes parameters and buffers from the
    scope, so that the same code runs on values and on placeholders.  Calling a layer applies it to
    its own parameters:

    >>> from chainrule.nn import Linear
    >>> neuron = Linear.of([[2.0, -1.0]], [0.5])
    >>> neuron([1.0, 1.0])
    Tensor([1.5])
    >>> neuron([1.0, 1.0]).sum().gradients()
    {'weight': Tensor([[1., 1.]]), 'bias': Tensor([1.])}

    Every call uses the same tensors: a parameter used twice in one computation gets the sum of both
    gradients.  Inside a container, a parameter has a dotted name such as `layers.0.weight`.

    name      name of the output in explanations, instead of the layer's symbol and a number
    slots     parameters and buffers, by name
    children  the layers inside, by name
    seed      seed of the parameters inside that have none yet
    """

    symbol: ClassVar[str] = ""
    """The letter for this layer's output in explanations: z, n, a, d or r; "" for a container."""

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
        self._slots = dict(slots or {})
        self.children = dict(children or {})
        check_seed(seed)
        index = itertools.count()
        for full_name, slot in self._unique_slots().items():
            slot.place(full_name, next(index) if slot.trained else 0, seed)

    @abstractmethod
    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        """The layer's function of `x`, with parameters, buffers and the step from `scope`."""

    def __call__(self, x: Operand, *, training: bool = False, step: int = 0) -> Tensor:
        """Apply the layer to `x` with its own parameters, in evaluation mode unless `training`.

        An array or list is cast to the layer's dtype; a tensor keeps its own.  Buffers are not
        updated: to get their new values, use `scope` and `apply`.  `step` is the number of the
        training step, on which the random draws of Dropout depend.
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
        """The outputs for `x` as an array, in evaluation mode, computed by the compiled engine.

        x is one sample (D,) or a batch (B, D), or has more axes before the last if the model takes
        them; it is cast to the model's dtype.  The outputs are a new array of that dtype.  Dropout
        is off and BatchNorm uses its running statistics.  A batch is run 1024 rows at a time.

        The first call for a shape plans a program, which takes milliseconds; the first call of a
        process loads the engine, in half a second, and the first on a machine compiles it.  Every
        call uses the current parameters, also after training or `load` has replaced them.  Several
        threads may call it at the same time.

        Raises ShapeError for inputs of another width and OptionError for inputs that are not
        numbers.

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
        """Convert the model to a plain PyTorch module with the same outputs.  See `cr.to_torch`."""
        return FUNCTIONS["to_torch"](self)

    def scope(
        self,
        parameters: Mapping[str, Tensor] | None = None,
        buffers: Mapping[str, Tensor] | None = None,
        *,
        training: bool = False,
        step: int | Tensor = 0,
    ) -> Scope:
        """The scope for `apply`, over parameters and buffers by dotted name, or the layer's own."""
        return Scope.of(
            self.parameters() if parameters is None else parameters,
            self.buffers() if buffers is None else buffers,
            training=training,
            step=step if isinstance(step, Tensor) else constant(np.int64(step)),
            first=self._first_names(),
        )

    def parameters(self) -> dict[str, Tensor]:
        """The trained tensors, by dotted name, in order; a shared parameter is listed once."""
        slots = self._unique_slots()
        return {name: slot.tensor for name, slot in slots.items() if slot.trained}

    def buffers(self) -> dict[str, Tensor]:
        """The tensors that training updates without gradients, by dotted name, in order."""
        slots = self._unique_slots()
        return {name: slot.tensor for name, slot in slots.items() if not slot.trained}

    def load(self, values: Mapping[str, Any], *, partial: bool = False) -> None:
        """Replace parameters and buffers by `values`, by dotted name.

        `values` must have a value for each of them unless `partial`.  All values are checked before
        any is replaced: raises UnknownNameError for a name that the model does not have, ShapeError
        for a value of another shape, OptionError for one that is missing.
        """
        slots = self._unique_slots()
        arrays = {name: numeric(_array_like(value), name) for name, value in values.items()}
        for name, array in arrays.items():
            if name not in slots:
                raise UnknownNameError("load", name, slots)
            if array.shape != slots[name].spec.shape:
                raise ShapeError(
                    name, expected=f"shape {slots[name].spec.shape}", got=f"{array.shape}"
                )
        missing = [name for name in slots if name not in arrays]
        if missing and not partial:
            raise OptionError(
                "load",
                expected="a value for every parameter and buffer",
                got=f"none for {', '.join(missing[:6])}{', …' * (len(missing) > 6)}",
                remedy="pass partial=True to keep those as they are",
            )
        for name, array in arrays.items():
            slots[name].fill(array)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating-point dtype of the parameters; float64 if there are none."""
        dtypes = [slot.spec.dtype for slot in self._unique_slots().values()]
        return np.result_type(*dtypes) if dtypes else np.dtype(np.float64)

    def slots(self, prefix: str = "") -> Iterator[tuple[str, Slot]]:
        """Every parameter and buffer by dotted name, depth first; shared ones under all names."""
        for name, slot in self._slots.items():
            yield prefix + name, slot
        for name, child in self.children.items():
            yield from child.slots(f"{prefix}{name}.")

    def options(self) -> Mapping[str, Any]:
        """The layer's settings that its `repr` shows."""
        return {}

    @property
    def kind(self) -> str:
        """The kind of layer that is printed: the name of its class."""
        return type(self).__name__

    def __repr__(self) -> str:
        parts = [*map(repr, self.children.values())]
        parts += [f"{key}={value!r}" for key, value in self.options().items()]
        parts += [f"name={self.name!r}"] if self.name else []
        return f"{self.kind}({', '.join(parts)})"

    def _repr_html_(self) -> str:
        return write(self, "html")

    def _error_name(self, scope: Scope) -> str:
        """The name of this layer in error messages."""
        return scope.prefix.rstrip(".") or self.name or self.kind

    def _first_names(self) -> dict[str, str]:
        """Every dotted name → the first name of the same slot."""
        names: dict[Slot, str] = {}
        return {name: names.setdefault(slot, name) for name, slot in self.slots()}

    def _unique_slots(self) -> dict[str, Slot]:
        """Every slot once, by its first name."""
        names: dict[Slot, str] = {}
        for name, slot in self.slots():
            names.setdefault(slot, name)
        return {name: slot for slot, name in names.items()}


def _array_like(value: Any) -> Any:
    return value.value if isinstance(value, Tensor) else value
