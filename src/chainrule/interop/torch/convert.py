"""The two directions.  What they need is imported when they are called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.registry import provides

if TYPE_CHECKING:
    from chainrule.interop.torch.model import TorchModel
    from chainrule.nn import Layer

__all__ = ["from_torch", "to_torch"]


def from_torch(module: Any, *examples: Any, dtype: Any = np.float64) -> TorchModel:
    """A PyTorch module as a model: its outputs are recorded, its parameters keep PyTorch's names.

    module    an `nn.Module`, which stays as it is: the model has copies of its parameters and
              buffers, and of its structure
    examples  inputs as its `forward` takes them (tensors or arrays), for their shapes; others may
              be given later, of which the module is recorded anew
    dtype     of parameters and floating inputs; in float64 explanations agree with the digits shown

    The model is called with arrays or tensors, in evaluation unless `training=True`, whichever the
    module is in; a module given in training mode keeps, for training, the parts set to evaluation.
    What every submodule gave has the submodule's name in the record: `fc1`, `block.relu`;
    `linear_0` where PyTorch's name is but a number, `fc@2` for its second use.  Parameters with
    `requires_grad=False` are buffers.  Dropout in training draws chainrule's numbers, which the
    step fixes, not PyTorch's.  Where a function has a corner, the choices are chainrule's:
    `cr.max_pool` shares the gradient at a tie, which PyTorch's pooling gives to the first.

    Raises OptionError where PyTorch is not installed, where `torch.export` cannot record the
    module, and for an operation that has no counterpart, with its place in the module.

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
    _needs_torch("from_torch")
    from chainrule.interop.torch.model import TorchModel

    return TorchModel(module, examples, dtype)


@provides("to_torch")
def to_torch(model: Layer) -> Any:
    """A model as a plain PyTorch `nn.Module` with the same outputs and the same parameters.

    Names in its `state_dict` are those of `model.parameters()` and `model.buffers()`; BatchNorm has
    PyTorch's counter `num_batches_tracked` besides.  Parameters are copies, in the model's dtype.
    A model made by `from_torch` gives the module it was made from, with the model's parameters.
    The module is in evaluation mode.

    Raises OptionError where PyTorch is not installed, and for a layer that has no counterpart.

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
    _needs_torch("to_torch")
    from chainrule.interop.torch.modules import module_of

    return module_of(model)


def _needs_torch(where: str) -> None:
    try:
        importlib.import_module("torch")
    except ImportError:
        raise OptionError(
            where,
            expected="PyTorch to be installed",
            got="none",
            remedy="install it: pip install 'chainrule[torch]'",
        ) from None
