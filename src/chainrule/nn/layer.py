"""The base class of layers: a function of an array, with named parameters and buffers."""

from __future__ import annotations

import functools
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import checked_name
from chainrule.graph.display import write
from chainrule.nn.accepted import (
    Accepts,
    TableCoder,
    can_be,
    check_accepted,
    dtype_in_tree,
    in_column_order,
    integer_shape,
    needs_integers,
    refuse_float_index,
)
from chainrule.nn.argument_checks import checked_seed
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot, checked_values
from chainrule.nn.trees import is_tree, map_inputs
from chainrule.ops import Tensor
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.tensor import Operand, constant, lift

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
    """The letter of this layer's output in explanations, such as z or a; "" for a container."""

    accepts: ClassVar[Accepts] = "anything"
    """What `apply` takes: one tensor of "floats" or "integers", or "anything", trees included."""

    _inference: Callable[[Any], Any] | None = None

    _integers: bool | None = None  # whether it was found to take integers only

    trained_columns: tuple[Any, ...] = ()
    """The columns of the data frame that the model was trained on, if it was one."""

    trained_table: TableCoder | None = None
    """How the columns of that frame were encoded, if they were."""

    def __init__(
        self,
        name: str | None = None,
        *,
        slots: Mapping[str, Slot] | None = None,
        children: Mapping[str, Layer] | None = None,
        seed: int | None = None,
    ) -> None:
        self.name = None if name is None or not str(name) else checked_name(name)
        self._slots = dict(slots or {})
        self.children = dict(children or {})
        seed = checked_seed(seed)
        index = itertools.count()
        for full_name, slot in self._unique_slots().items():
            slot.place(full_name, next(index) if slot.trained else 0, seed)

    def __init_subclass__(cls, **options: Any) -> None:
        """Let `apply` of the subclass check its input first, wherever it is called."""
        super().__init_subclass__(**options)
        if "apply" not in vars(cls):
            return
        apply: Callable[..., Any] = cls.apply

        @functools.wraps(apply)
        def checked(self: Layer, scope: Scope, x: Any) -> Any:
            if self.accepts != "anything":
                check_accepted(self._error_name(scope), self.accepts, x)
                return scope.note(apply(self, scope, x))
            try:
                return scope.note(apply(self, scope, x))
            except OptionError as error:
                refuse_float_index(self._error_name(scope), self.kind, x, error)
                raise

        cls.apply = checked

    @abstractmethod
    def apply(self, scope: Scope, x: Any) -> Any:
        """The layer's function of `x`, with parameters, buffers and the step from `scope`.

        Most layers map one Tensor to one Tensor; either may be a tree: Tensors in nested tuples,
        lists and dicts.
        """

    def __call__(self, x: Any, *, training: bool = False, step: int = 0) -> Any:
        """Apply the layer to `x` with its own parameters, in evaluation mode unless `training`.

        `x` is one input, or a tree of them in tuples, lists and dicts, as `apply` takes it; the
        result is as `apply` returns it.  A list of arrays or numbers is one input.

        An array or list is cast to `input_dtype`, in a tree only if it is not of integers; a tensor
        keeps its own dtype.  If the model was trained on a data frame, `x` is one, or an array of
        its columns, and is encoded as that was; a tensor is taken as encoded.  Buffers are not
        updated: to get their new values, use `scope` and `apply`.  `step` is the number of the
        training step, on which the random draws of Dropout depend.
        """
        scope = self.scope(training=training, step=step)
        if self.trained_table is not None:
            x = x if isinstance(x, Tensor) else self.trained_table.encode(x)
        elif self.trained_columns:
            x = in_column_order(self.name or self.kind, x, self.trained_columns)
        if not isinstance(x, Tensor) and is_tree(x):
            return self.apply(scope, map_inputs(self._tensor_in_tree, x))
        tensor = self._tensor(x)
        y = self.apply(scope, tensor)
        if self.name and isinstance(y, Tensor) and y.node is not tensor.node:
            return y.named(self.name)
        return y

    def _tensor(self, x: Operand) -> Tensor:
        """One input as a tensor: what is not recorded is cast to the dtype of inputs."""
        if isinstance(x, Tensor):
            return x
        tensor = lift(x)
        self.recognise_integers(tensor)
        dtype = self.input_dtype
        if tensor.node.kind != "constant" or not can_be(tensor.dtype, dtype):
            return tensor
        return constant(tensor.value.astype(dtype))

    def _tensor_in_tree(self, x: Operand) -> Tensor:
        """One of several inputs as a tensor: what is not recorded is cast, unless to integers."""
        tensor = lift(x)
        if tensor.node.kind != "constant" or isinstance(x, Tensor):
            return tensor
        return constant(tensor.value.astype(dtype_in_tree(tensor.dtype, self.dtype)))

    def recognise_integers(self, x: Any) -> None:
        """Take integers as inputs from now on, if `x` is some and the layer takes no floats.

        That is found out where `accepts` does not say it, as in a layer of one's own that selects
        the rows of a table by its input: the layer is recorded once for numbers like these.
        """
        if self._integers is None and self.accepts == "anything":
            shape = integer_shape(x)
            if shape is not None:
                apply = functools.partial(self.apply, self.scope())
                self._integers = needs_integers(apply, shape, self.dtype)

    def predict(self, x: Any, *, proba: bool = False) -> Any:
        """The outputs for `x` as an array, in evaluation mode, computed by the compiled engine.

        x is one sample (D,) or a batch (B, D), or has more axes before the last if the model takes
        them; it is cast to `input_dtype`.  The outputs are a new array of the model's dtype.
        Dropout is off and BatchNorm uses its running statistics.  A batch is run 1024 rows at a
        time.  A model of several inputs takes a tree of arrays, and one of several outputs returns
        one: arrays in tuples, lists and dicts, as its `apply` has them.

        If the model was trained on a data frame, it takes another one, encoded as that was: columns
        are found by name, further ones are ignored, and categories that no training row had are
        counted in a warning.  It returns a frame of the same library, with the same index, whose
        column is called as the answers: numbers in their units, or classes as they stood; with
        `proba`, a column for each class, of probabilities.  Numbers may come as an array, with the
        columns in the order of `trained_columns`, and are returned as one.

        The first call for a shape plans a program, which takes milliseconds; the first call of a
        process loads the engine, in half a second, and the first on a machine compiles it.  Every
        call uses the current parameters, also after training or `load` has replaced them.  Several
        threads may call it at the same time.

        Raises ShapeError for inputs of another width, OptionError for inputs that are not numbers,
        DataError for a data frame that lacks columns, and OptionError for `proba` without classes.

        >>> import numpy as np
        >>> from chainrule.nn import Linear
        >>> Linear.of([[1.0, 2.0], [3.0, 4.0]], [0.5]).predict(np.array([1.0, 1.0]))
        array([3.5, 7.5])
        """
        infer = self._inference
        if infer is None:
            infer = self._inference = FUNCTIONS["inference"](self)
        if self.trained_table is not None:
            return self.trained_table.predict(infer, x, proba)
        if proba:
            raise OptionError(
                "proba",
                expected="a model that was trained on a data frame with classes",
                got="another one",
                remedy="apply cr.softmax to the outputs",
            )
        if self.trained_columns:
            x = in_column_order(self.name or self.kind, x, self.trained_columns)
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
        for name, array in checked_values(slots, values, partial=partial).items():
            slots[name].fill(array)

    def follow(self, read: Callable[[str], Any]) -> None:
        """Take parameters and buffers from `read(name)`, each as soon as it is read.

        What has been read stays as it is until the next call.
        """
        for name, slot in self._unique_slots().items():
            slot.follow(functools.partial(read, name))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating-point dtype of the parameters; float64 if there are none."""
        dtypes = [slot.spec.dtype for slot in self._unique_slots().values()]
        return np.result_type(*dtypes) if dtypes else np.dtype(np.float64)

    @property
    def input_dtype(self) -> np.dtype[Any]:
        """What a single input is cast to: the layer's dtype, or int64 if it takes only integers."""
        integers = self.accepts == "integers" or self._integers
        return np.dtype(np.int64) if integers else self.dtype

    def slots(self, prefix: str = "") -> Iterator[tuple[str, Slot]]:
        """Every parameter and buffer by dotted name, depth first; shared ones under all names."""
        for name, slot in self._slots.items():
            yield prefix + name, slot
        for name, child in self.children.items():
            yield from child.slots(f"{prefix}{name}.")

    def _share(self, name: str, slot: Slot) -> None:
        """Use a slot of another layer as this layer's own parameter or buffer `name`."""
        self._slots[name] = slot

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
