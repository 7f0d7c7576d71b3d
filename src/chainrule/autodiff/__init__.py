"""Differentiation of the record: reverse mode, transforms of functions, and finite differences."""

from chainrule.autodiff import transforms
from chainrule.autodiff.numeric import check_grad
from chainrule.autodiff.reverse import Gradients, adjoints
from chainrule.autodiff.scan import scan
from chainrule.autodiff.transforms import *

__all__: list[str] = ["Gradients", "adjoints", "check_grad", "scan"]
__all__ += transforms.__all__
