"""The model that `from_torch` returns: a PyTorch module as a layer of chainrule."""

# pyright: reportMissingImports=false
# (PyTorch is an extra: types are checked without it)
from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, final

import numpy as np
import torch

from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.interop.torch.record_module import record_module
from chainrule.interop.torch.recording import Recording
from chainrule.interop.torch.replay import replay
from chainrule.interop.torch.submodule import innermost_parts
from chainrule.nn import Layer, Scope, Slot, Zeros
from chainrule.nn.trees import is_tree, map_inputs
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant, lift

__all__ = ["TorchModel"]

_export_lock = Lock()
"""Held while a module is recorded, since `torch.export` is not thread-safe."""


@final
class TorchModel(Layer):
    """The model that `chainrule.from_torch` returns: a module's structure with its own parameters.

    It is used like any other model: it can be called on arrays, summarised, trained by `cr.fit` and
    explained.  Its inputs are the positional arguments of the module's `forward`; its output is
    what `forward` returns: a tensor, or tensors in tuples and dictionaries.

    The module is recorded once for each combination of input shapes and mode.

    >>> model = TorchModel(torch.nn.Linear(2, 1), [torch.zeros(1, 2)])
    >>> model.load({"weight": [[1.0, 2.0]], "bias": [0.5]})
    >>> model([[1.0, 1.0]])
    Tensor([[3.5]])
    """

    def __init__(self, module: Any, examples: Sequence[Any], dtype: Any = np.float64) -> None:
        if not isinstance(module, torch.nn.Module):
            raise OptionError(
                "from_torch",
                expected="a torch.nn.Module, and inputs for it",
                got=type(module).__name__,
            )
        self._modes = {name: part.training for name, part in module.named_modules()}
        dtype = _check_dtype(dtype)
        specs = [_spec(example, dtype) for example in examples]
        self._floating = tuple(spec.differentiable for spec in specs)
        tensors = dict(_floating_tensors(module))
        _check_tensors(tensors)
        self._module = _copy(module).cpu().to(_torch_dtype(dtype))
        self._recordings: dict[tuple[bool, tuple[Spec, ...]], Recording] = {}
        self._dtype = dtype
        recording = self._recording(tuple(specs), training=False)
        submodules = module.named_modules(remove_duplicate=False)
        kinds = {path: type(submodule).__name__ for path, submodule in submodules}
        slots = _slots(tensors, self._dtype)
        parts = innermost_parts(slots, {path: kinds[path] for path in recording.modules.values()})
        super().__init__(slots=slots, children=parts)
        self.load({name: _array(tensors[name]) for name in self._unique_slots()})

    def __call__(self, *inputs: Any, training: bool = False, step: int = 0) -> Any:
        """Record what the module's `forward` returns, in evaluation mode unless `training`.

        Several inputs may also be a tuple, or a dict by name, as in `predict`.  Floating inputs
        that are not chainrule tensors are cast to the model's dtype and named after the parameters
        of `forward`.  Buffers do not change: `scope` has their updates.  `step` selects the random
        numbers of Dropout.
        """
        if len(inputs) == 1 and is_tree(inputs[0]):
            inputs = self._arguments(inputs[0])
        tensors = tuple(self._input(position, x) for position, x in enumerate(inputs))
        x = tensors[0] if len(tensors) == 1 else tensors
        return self.apply(self.scope(training=training, step=step), x)

    def apply(self, scope: Scope, x: Any) -> Any:
        inputs = self._arguments(x)
        if len(inputs) != len(self._floating):
            raise OptionError(
                type(self._module).__name__,
                expected=f"{len(self._floating)} inputs, as many as from_torch was given",
                got=str(len(inputs)),
            )
        recording = self._recording(tuple(x.spec for x in inputs), training=scope.training)
        tensors: dict[str, Tensor] = {}
        for entry in recording.inputs:
            match entry.kind:
                case "input":
                    tensors[entry.key] = inputs[int(entry.name)]
                case "constant":
                    tensors[entry.key] = constant(entry.value)
                case "parameter":
                    trained = self._slots[entry.name].trained
                    tensors[entry.key] = scope[entry.name] if trained else scope.buffer(entry.name)
        before = dict(tensors)
        outputs = replay(recording, tensors, scope)
        for entry in recording.inputs:
            if entry.kind == "parameter" and tensors[entry.key] is not before[entry.key]:
                scope.update(entry.name, tensors[entry.key])
        return recording.build(outputs)

    def predict(self, x: Any) -> Any:
        """See `Layer.predict`; x is the module's input, or several in a tuple, or by name."""
        return super().predict(map_inputs(_array, x))

    @property
    def input_dtype(self) -> np.dtype[Any]:
        """The dtype that a single input is cast to: int64 if the example was of integers."""
        return self._dtype if self._floating[:1] != (False,) else np.dtype(np.int64)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating dtype of parameters and inputs."""
        return self._dtype

    def module(self) -> torch.nn.Module:
        """The PyTorch module in evaluation mode, with copies of this model's parameters."""
        module = copy.deepcopy(self._module).eval()
        values = {
            name: torch.from_numpy(np.array(slot.tensor.value)) for name, slot in self.slots()
        }
        tensors = dict(module.named_parameters(remove_duplicate=False))
        tensors |= dict(module.named_buffers(remove_duplicate=False))
        with torch.no_grad():
            for name, value in values.items():
                tensors[name].copy_(value)
        return module

    def options(self) -> Mapping[str, Any]:
        return {"module": type(self._module).__name__}

    def _arguments(self, x: Any) -> tuple[Any, ...]:
        """The arguments of the module's `forward`: one, a tuple of them, or a dict by name.

        Raises OptionError for names that `forward` does not have.
        """
        if isinstance(x, dict):
            names = list(inspect.signature(self._module.forward).parameters)[: len(self._floating)]
            if sorted(x) != sorted(names):
                raise OptionError(
                    type(self._module).__name__,
                    expected=f"inputs called {', '.join(names)}",
                    got=", ".join(map(str, x)),
                )
            return tuple(x[name] for name in names)
        return x if isinstance(x, tuple) else (x,)

    def _input(self, position: int, value: Any) -> Tensor:
        """The tensor for one input of `__call__`."""
        if isinstance(value, Tensor):
            return value
        x = lift(_array(value))
        cast = x.node.kind == "constant" and self._floating[position : position + 1] == (True,)
        if not cast:
            return x
        names = list(inspect.signature(self._module.forward).parameters)
        name = names[position] if position < len(names) else f"input_{position}"
        return constant(x.value.astype(self.dtype)).named(name)

    def _recording(self, specs: tuple[Spec, ...], *, training: bool) -> Recording:
        if (training, specs) not in self._recordings:
            with _export_lock:
                self._set_mode(training)
                self._recordings[training, specs] = record_module(self._module, specs)
        return self._recordings[training, specs]

    def _set_mode(self, training: bool) -> None:
        """Set evaluation mode, or training mode except where the user had set evaluation."""
        self._module.train(training)
        if training and self._modes[""]:
            for name, part in self._module.named_modules():
                part.training = self._modes[name]


def _copy(module: torch.nn.Module) -> torch.nn.Module:
    try:
        return copy.deepcopy(module)
    except RuntimeError as error:  # a computed weight is stored as an attribute
        raise OptionError(
            f"from_torch: {type(module).__name__}",
            expected="a module that can be copied",
            got=str(error).partition("\n")[0][:200],
            remedy="of torch.nn.utils, use what is in parametrizations",
        ) from error


def _floating_tensors(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Floating parameters and buffers; shared ones under each of their names."""
    yield from module.named_parameters(remove_duplicate=False)
    for name, buffer in module.named_buffers(remove_duplicate=False):
        if torch.nn.parameter.is_lazy(buffer) or buffer.is_floating_point():
            yield name, buffer


def _check_tensors(tensors: Mapping[str, torch.Tensor]) -> None:
    """Raise OptionError for parameters without values or with complex values."""
    for name, tensor in tensors.items():
        got = remedy = ""
        if torch.nn.parameter.is_lazy(tensor):
            got, remedy = "a parameter without a shape", "call the module once first"
        elif tensor.is_meta:
            got, remedy = "a parameter on the meta device", "load the module's parameters first"
        elif tensor.is_complex():
            got = str(tensor.dtype)
        if got:
            raise OptionError(
                f"from_torch: {name}", expected="real numbers", got=got, remedy=remedy
            )


def _slots(tensors: Mapping[str, torch.Tensor], dtype: np.dtype[Any]) -> dict[str, Slot]:
    """Slots by name; names of the same tensor share one slot."""
    slots = {
        id(tensor): Slot(tuple(tensor.shape), Zeros(), dtype=dtype, trained=tensor.requires_grad)
        for tensor in tensors.values()
    }
    return {name: slots[id(tensor)] for name, tensor in tensors.items()}


def _array(value: Any) -> Any:
    """A PyTorch tensor as an array; anything else unchanged."""
    if not isinstance(value, torch.Tensor):
        return value
    if value.layout != torch.strided or value.is_meta:
        got = "one on the meta device" if value.is_meta else str(value.layout)
        raise OptionError("from_torch", expected="a dense tensor with numbers", got=got)
    value = value.detach().cpu()
    return (value.float() if value.dtype == torch.bfloat16 else value).numpy()


def _spec(example: Any, dtype: np.dtype[Any]) -> Spec:
    """The shape of an example, and the dtype in which it is recorded."""
    spec = lift(_array(example)).spec
    return spec._replace(dtype=dtype) if spec.differentiable else spec


def _check_dtype(dtype: Any) -> np.dtype[Any]:
    try:
        if np.dtype(dtype) in (np.float32, np.float64):
            return np.dtype(dtype)
    except TypeError:  # unknown to NumPy, such as a dtype of PyTorch
        pass
    raise OptionError("from_torch dtype", expected="float64 or float32", got=str(dtype))


def _torch_dtype(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.float32 if dtype == np.float32 else torch.float64
