"""PyTorch: its modules recorded as chainrule models, and chainrule layers converted to modules."""

from chainrule.interop.torch.convert import from_torch, to_torch

__all__ = ["from_torch", "to_torch"]
