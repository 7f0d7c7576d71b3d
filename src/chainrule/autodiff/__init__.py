"""Differentiation of the record: reverse mode, transforms of functions, and finite differences."""

from chainrule.autodiff.holomorphic import holomorphic_grad
from chainrule.autodiff.numeric import check_grad
from chainrule.autodiff.products import (
    elementwise_grad,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
)
from chainrule.autodiff.reverse import Gradients, adjoints
from chainrule.autodiff.scan import scan
from chainrule.autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["Gradients", "adjoints", "check_grad", "elementwise_grad", "grad", "hessian"]
__all__ += ["holomorphic_grad", "hvp", "jacobian", "jvp", "make_ggnvp", "make_hvp", "make_jvp"]
__all__ += ["make_vjp", "scan", "value_and_grad", "vjp"]
