"""The two conversions, `from_torch` and `to_torch`, which import PyTorch when they are called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.registry import provides

if TYPE_CHECKING:
    from chainrule.interop.torch.torch_model import TorchModel
    from chainrule.nn import Layer

__all__ = ["from_torch", "to_torch"]


def from_torch(module: Any, *examples: Any, dtype: Any = np.float64) -> TorchModel:
    """Convert a PyTorch module to a model that records its outputs and has its parameter names.

    module    an `nn.Module`, which is not changed: the model has copies of its parameters and
              buffers, and of its structure
    examples  inputs that its `forward` takes (tensors or arrays), for their shapes; for inputs of
              other shapes the module is recorded again
    dtype     of parameters and floating inputs; in float64 explanations are exact to their digits

    The model is called with arrays or tensors.  It is in evaluation mode unless `training=True`,
    whichever mode the module is in.  If the module is in training mode, submodules set to
    evaluation stay so in training.

    In the record, the output of a submodule has the submodule's name: `fc1`, `block.relu`,
    `linear_0` if PyTorch's name is a number, `fc@2` for its second use.  Parameters with
    `requires_grad=False` are buffers.  Dropout in training uses chainrule's random numbers, which
    depend on the step, not PyTorch's.  At points without a derivative the choices are chainrule's:
    at a tie `cr.max_pool` shares the gradient, where PyTorch's pooling gives it to the first entry.

    Raises OptionError if PyTorch is not installed, if `torch.export` cannot record the module, and
    for an operation that has no counterpart, with its location in the module.

    >>> torch = __import__("pytest").importorskip("torch")
    >>> import chainrule as cr
    >>> module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    >>> model = cr.from_torch(module, torch.zeros(1, 3))
    >>> list(model.parameters())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> loss = cr.cross_entropy(model([[1.0, 2.0, 3.0]]), [0])
    >>> loss.gradients()["0.weight"].shape
    (4, 3)
    """
    _require_torch("from_torch")
    from chainrule.interop.torch.torch_model import TorchModel

    return TorchModel(module, examples, dtype)


@provides("to_torch")
def to_torch(model: Layer) -> Any:
    """Convert a model to a plain PyTorch `nn.Module` with the same outputs and parameters.

    Names in its `state_dict` are those of `model.parameters()` and `model.buffers()`; BatchNorm
    also has PyTorch's counter `num_batches_tracked`.  Parameters are copies, in the model's dtype.
    A model from `from_torch` is converted to a copy of the original module, with the model's
    parameters.  The module is in evaluation mode.

    Raises OptionError if PyTorch is not installed, and for a layer that has no counterpart.

    >>> torch = __import__("pytest").importorskip("torch")
    >>> import chainrule as cr
    >>> cr.to_torch(cr.nn.mlp(3, (4,), 2))
    Sequential(
      (layers): Sequential(
        (0): Linear(in_features=3, out_features=4, bias=True)
        (1): ReLU()
        (2): Linear(in_features=4, out_features=2, bias=True)
      )
    )
    """
    _require_torch("to_torch")
    from chainrule.interop.torch.layer_modules import to_module

    return to_module(model)


def _require_torch(where: str) -> None:
    try:
        importlib.import_module("torch")
    except ImportError:
        raise OptionError(
            where,
            expected="PyTorch to be installed",
            got="none",
            remedy="install it: pip install 'chainrule[torch]'",
        ) from None
