"""Transforms: functions made of functions, such as the gradient of one; trees in and out."""

from chainrule.autodiff.transforms.gradients import (
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from chainrule.autodiff.transforms.holomorphic import holomorphic_grad
from chainrule.autodiff.transforms.products import (
    elementwise_grad,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
)

__all__: list[str] = [
    "elementwise_grad",
    "grad",
    "hessian",
    "holomorphic_grad",
    "hvp",
    "jacobian",
    "jvp",
]
__all__ += ["make_ggnvp", "make_hvp", "make_jvp", "make_vjp", "value_and_grad", "vjp"]
