"""Conversion of models from and to other libraries, with one folder for each library.

The other libraries are imported only when a conversion is called.
"""

from chainrule.interop.torch import from_torch, to_torch

__all__ = ["from_torch", "to_torch"]
