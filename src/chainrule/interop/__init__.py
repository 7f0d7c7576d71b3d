"""Neighbours: models of other libraries, recorded here and given back.  One folder a neighbour.

The neighbours themselves are imported when they are first needed.
"""

from chainrule.interop.torch import from_torch, to_torch

__all__ = ["from_torch", "to_torch"]
