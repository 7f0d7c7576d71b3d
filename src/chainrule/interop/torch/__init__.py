"""PyTorch: its modules recorded as models, and layers given back as modules."""

from chainrule.interop.torch.convert import from_torch, to_torch

__all__ = ["from_torch", "to_torch"]
