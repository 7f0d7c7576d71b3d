"""Differentiation of the record: reverse mode, transforms of functions, and finite differences."""

from chainrule.autodiff.holomorphic import holomorphic_grad
from chainrule.autodiff.numeric import check_grad
from chainrule.autodiff.reverse import Gradients, adjoints
from chainrule.autodiff.scan import scan
from chainrule.autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["Gradients", "adjoints", "check_grad", "grad", "hessian", "holomorphic_grad", "hvp"]
__all__ += ["jacobian", "jvp", "scan", "value_and_grad", "vjp"]
