"""A PyTorch module as a layer."""

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
from chainrule.graph import Array, Spec
from chainrule.interop.torch.export import export
from chainrule.interop.torch.part import parts
from chainrule.interop.torch.recording import Recording
from chainrule.interop.torch.replay import replay
from chainrule.nn import Layer, Scope, Slot, Zeros
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant, lift

__all__ = ["TorchModel"]

_recording = Lock()
"""Held while a module is recorded: PyTorch records one at a time."""


@final
class TorchModel(Layer):
    """What `chainrule.from_torch` returns: a module's structure over parameters of its own.

    It is a model like any other: it is called on arrays, listed, trained by `cr.fit`, explained.
    Inputs and outputs are as the module's `forward` has them, where inputs are arrays one after
    another and outputs a tensor, or tensors in tuples and dictionaries.

    For every shape of inputs, and for training and evaluation, the module is recorded once.

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
        dtype = _checked(dtype)
        specs = [_spec(example, dtype) for example in examples]
        self._floating = tuple(spec.differentiable for spec in specs)
        held = dict(_held(module))
        _check(held)
        self._module = _copied(module).cpu().to(_torch_dtype(dtype))
        self._recordings: dict[tuple[bool, tuple[Spec, ...]], Recording] = {}
        self._dtype = dtype
        recording = self._recording(tuple(specs), training=False)
        places = module.named_modules(remove_duplicate=False)
        kinds = {name: type(part).__name__ for name, part in places}
        slots = _slots(held, self._dtype)
        listed = parts(slots, {path: kinds[path] for path in recording.modules.values()})
        super().__init__(slots=slots, children=listed)
        self.load({name: _array(held[name]) for name in self._unique_slots()})

    def __call__(self, *inputs: Any, training: bool = False, step: int = 0) -> Any:
        """What the module's `forward` returns, recorded, in evaluation unless `training`.

        Floating inputs that are no chainrule tensors are cast to the model's dtype, and called what
        `forward` calls them.  Buffers stay as they are: `scope` gives the updates.  `step` numbers
        the draws of Dropout.
        """
        tensors = [self._tensor(i, given) for i, given in enumerate(inputs)]
        return self.apply(self.scope(training=training, step=step), *tensors)

    def apply(self, scope: Scope, *inputs: Tensor) -> Any:  # type: ignore[override]
        if len(inputs) != len(self._floating):
            raise OptionError(
                type(self._module).__name__,
                expected=f"{len(self._floating)} inputs, as many as from_torch was given",
                got=str(len(inputs)),
            )
        recording = self._recording(tuple(x.spec for x in inputs), training=scope.training)
        leaves: dict[str, Tensor] = {}
        for leaf in recording.inputs:
            match leaf.kind:
                case "input":
                    leaves[leaf.key] = inputs[int(leaf.name)]
                case "constant":
                    leaves[leaf.key] = constant(leaf.value)
                case "parameter":
                    trained = self._slots[leaf.name].trained
                    leaves[leaf.key] = scope[leaf.name] if trained else scope.buffer(leaf.name)
        given = dict(leaves)
        outputs = replay(recording, leaves, scope)
        for leaf in recording.inputs:
            if leaf.kind == "parameter" and leaves[leaf.key] is not given[leaf.key]:
                scope.update(leaf.name, leaves[leaf.key])
        return recording.build(outputs)

    def predict(self, x: Any) -> Array:
        """See `Layer.predict`; x may be a PyTorch tensor."""
        return super().predict(_array(x))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating dtype of parameters and inputs."""
        return self._dtype

    def module(self) -> torch.nn.Module:
        """The PyTorch module, with copies of this model's parameters; in evaluation mode."""
        made = copy.deepcopy(self._module).eval()
        values = {
            name: torch.from_numpy(np.array(slot.tensor.value)) for name, slot in self.slots()
        }
        places = dict(made.named_parameters(remove_duplicate=False))
        places |= dict(made.named_buffers(remove_duplicate=False))
        with torch.no_grad():
            for name, value in values.items():
                places[name].copy_(value)
        return made

    def options(self) -> Mapping[str, Any]:
        return {"module": type(self._module).__name__}

    def _tensor(self, position: int, given: Any) -> Tensor:
        if isinstance(given, Tensor):
            return given
        x = lift(_array(given))
        cast = x.node.kind == "constant" and self._floating[position : position + 1] == (True,)
        if not cast:
            return x
        names = list(inspect.signature(self._module.forward).parameters)
        named = names[position] if position < len(names) else f"input_{position}"
        return constant(x.value.astype(self.dtype)).named(named)

    def _recording(self, specs: tuple[Spec, ...], *, training: bool) -> Recording:
        if (training, specs) not in self._recordings:
            with _recording:
                self._set_mode(training)
                self._recordings[training, specs] = export(self._module, specs)
        return self._recordings[training, specs]

    def _set_mode(self, training: bool) -> None:
        """Evaluation; or training, but for the parts that were in evaluation on purpose."""
        self._module.train(training)
        if training and self._modes[""]:
            for name, part in self._module.named_modules():
                part.training = self._modes[name]


def _copied(module: torch.nn.Module) -> torch.nn.Module:
    try:
        return copy.deepcopy(module)
    except RuntimeError as error:  # a weight that is computed, kept where a parameter should be
        raise OptionError(
            f"from_torch: {type(module).__name__}",
            expected="a module that can be copied",
            got=str(error).partition("\n")[0][:200],
            remedy="of torch.nn.utils, use what is in parametrizations",
        ) from error


def _held(module: torch.nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Every place of every floating parameter and buffer, by name."""
    yield from module.named_parameters(remove_duplicate=False)
    for name, buffer in module.named_buffers(remove_duplicate=False):
        if torch.nn.parameter.is_lazy(buffer) or buffer.is_floating_point():
            yield name, buffer


def _check(held: Mapping[str, torch.Tensor]) -> None:
    """OptionError for parameters that have no numbers yet, or none that are real."""
    for name, tensor in held.items():
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


def _slots(held: Mapping[str, torch.Tensor], dtype: np.dtype[Any]) -> dict[str, Slot]:
    """A slot for each; one for those that are the same tensor."""
    made = {
        id(tensor): Slot(tuple(tensor.shape), Zeros(), dtype=dtype, trained=tensor.requires_grad)
        for tensor in held.values()
    }
    return {name: made[id(tensor)] for name, tensor in held.items()}


def _array(given: Any) -> Any:
    if not isinstance(given, torch.Tensor):
        return given
    if given.layout != torch.strided or given.is_meta:
        got = "one on the meta device" if given.is_meta else str(given.layout)
        raise OptionError("from_torch", expected="a dense tensor with numbers", got=got)
    numbers = given.detach().cpu()
    return (numbers.float() if given.dtype == torch.bfloat16 else numbers).numpy()


def _spec(example: Any, dtype: np.dtype[Any]) -> Spec:
    """Shape of an example and the dtype it is recorded in."""
    spec = lift(_array(example)).spec
    return spec._replace(dtype=dtype) if spec.differentiable else spec


def _checked(dtype: Any) -> np.dtype[Any]:
    try:
        if np.dtype(dtype) in (np.float32, np.float64):
            return np.dtype(dtype)
    except TypeError:  # none that NumPy knows, such as one of PyTorch's
        pass
    raise OptionError("from_torch dtype", expected="float64 or float32", got=str(dtype))


def _torch_dtype(dtype: np.dtype[Any]) -> torch.dtype:
    return torch.float32 if dtype == np.float32 else torch.float64
