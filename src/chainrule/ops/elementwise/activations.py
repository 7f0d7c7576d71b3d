"""Activation functions, which a neuron applies to its weighted sum."""

from __future__ import annotations

import math

import numpy as np

from chainrule.arguments import real_number
from chainrule.graph import Array, Kink
from chainrule.ops.define import apply, called, elementwise, floating, unary
from chainrule.ops.elementwise.comparison import where
from chainrule.ops.elementwise.exponential import exp
from chainrule.ops.elementwise.extremes import minimum
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["elu", "erf", "gelu", "leaky_relu", "normal_cdf", "relu"]
__all__ += ["sigmoid", "silu", "softplus", "step", "tanh"]


def _sigmoid(x: Array) -> Array:
    # exponentials of negative numbers only, which cannot overflow
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


@unary(vjp=lambda g, y, x: g * (y * (1.0 - y)), notation=called("sigmoid", r"\sigma"))
def sigmoid(x: Array) -> Array:
    """Logistic sigmoid σ(x) = 1 / (1 + e^−x).

    σ′ = σ·(1 − σ), so 0 < σ′ ≤ ¼: each sigmoid on a path scales the gradient by ¼ or less.

    >>> import chainrule as cr
    >>> cr.sigmoid(0.0), cr.grad(cr.sigmoid)(0.0)
    (Tensor(0.5), 0.25)
    """
    return _sigmoid(x)


@unary(vjp=lambda g, y, x: g * (1.0 - y**2), numpy=(np.tanh,), complex=True)
def tanh(x: Array) -> Array:
    """Hyperbolic tangent; tanh′ = 1 − tanh², at most 1.

    >>> import chainrule as cr
    >>> cr.grad(cr.tanh)(0.0)
    1.0
    """
    return np.tanh(x)


@unary(vjp=lambda g, y, x: g * sigmoid(x), notation=called("softplus", r"\operatorname{softplus}"))
def softplus(x: Array) -> Array:
    """Softplus ln(1 + eˣ), a smooth ReLU; its derivative is the sigmoid.

    >>> import chainrule as cr
    >>> cr.grad(cr.softplus)(0.0)
    0.5
    """
    return np.logaddexp(x, np.zeros((), x.dtype))


@unary(
    vjp=lambda g, y, x: where(x > 0.0, g, 0.0),
    notation=called("relu", r"\operatorname{relu}"),
    kink=Kink(lambda x: x == 0, "relu has a corner at 0; its derivative there is taken as 0"),
)
def relu(x: Array) -> Array:
    """Rectified linear unit max(x, 0) = (x + |x|) / 2; the derivative is 1 above 0, else 0.

    >>> import chainrule as cr
    >>> cr.grad(cr.relu)(2.0), cr.grad(cr.relu)(0.0), cr.grad(cr.relu)(-2.0)
    (1.0, 0.0, 0.0)

    Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010.
    """
    return np.maximum(x, np.zeros((), x.dtype))


@unary(
    vjp=lambda g, y, x: g * (sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x)))),
    notation=called("silu", r"\operatorname{silu}"),
)
def silu(x: Array) -> Array:
    """SiLU (swish) x·σ(x); the derivative is σ(x)·(1 + x·(1 − σ(x))).

    >>> import chainrule as cr
    >>> cr.grad(cr.silu)(0.0)
    0.5

    Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2018.
    """
    return x * _sigmoid(x)


@unary(vjp=lambda g, y, x: g * (2.0 / math.sqrt(math.pi) * exp(-(x**2))), complex=True)
def erf(x: Array) -> Array:
    """Error function; the derivative is 2/√π · e^(−x²).

    >>> import chainrule as cr
    >>> cr.erf(0.0)
    Tensor(0.0)
    """
    from scipy import special  # not at the top: the import takes 0.1 s

    return special.erf(x)


@unary(
    vjp=lambda g, y, x: g * _normal_density(x),
    notation=called("normal_cdf", r"\Phi"),
)
def normal_cdf(x: Array) -> Array:
    """Distribution function of the standard normal, Φ(x) = (1 + erf(x/√2)) / 2.

    Φ′ is the density φ(x) = e^(−x²/2) / √(2π).  Small values keep the digits that 1 + erf loses.

    >>> import chainrule as cr
    >>> cr.normal_cdf(0.0)
    Tensor(0.5)
    """
    from scipy import special

    return special.ndtr(x)


def _normal_density(x: Tensor) -> Tensor:
    return exp(-0.5 * x**2) / math.sqrt(2.0 * math.pi)


@unary(
    vjp=lambda g, y, x: g * (normal_cdf(x) + x * _normal_density(x)),
    notation=called("gelu", r"\operatorname{gelu}"),
)
def gelu(x: Array) -> Array:
    """GELU x·Φ(x) with Φ(x) = (1 + erf(x/√2)) / 2; the derivative is Φ(x) + x·φ(x).

    >>> import chainrule as cr
    >>> cr.grad(cr.gelu)(0.0)
    0.5

    Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016 (the exact form, not the tanh one).
    """
    from scipy import special

    return x * special.ndtr(x)


@unary(
    vjp=None,
    notation=called("step", r"\operatorname{step}"),
    kink=Kink(lambda x: x == 0, "the step jumps at 0; its derivative is taken as 0 everywhere"),
)
def step(x: Array) -> Array:
    """The perceptron's step: 1 where x ≥ 0, else 0.  Its derivative is taken as 0.

    >>> import chainrule as cr
    >>> cr.step([-0.1, 0.0, 3.0])
    Tensor([0., 1., 1.])

    Rosenblatt, "The Perceptron", 1958.
    """
    return np.heaviside(x, np.ones((), x.dtype))


_LEAKY_RELU = elementwise(
    "leaky_relu",
    lambda x, slope: np.where(x > 0, x, slope * x),
    vjp=(lambda g, y, x, slope: where(x > 0.0, g, slope * g),),
    notation=lambda x, slope: called("leaky_relu", r"\operatorname{leaky}")(x),
    dtype=floating,
    kink=Kink(
        lambda x, slope: x == 0,
        "leaky relu has a corner at 0; its derivative there is taken as the slope below 0",
    ),
)


@provides("leaky_relu")
def leaky_relu(x: Operand, slope: float = 0.01) -> Tensor:
    """Leaky ReLU: x above 0, slope·x below; the derivative is 1 above 0, else the slope.

    >>> import chainrule as cr
    >>> cr.grad(cr.leaky_relu)(-3.0)
    0.01

    Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    """
    return apply(_LEAKY_RELU, lift(x), slope=float(real_number("leaky_relu slope", slope)))


_ELU = elementwise(
    "elu",
    lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
    vjp=(lambda g, y, x, alpha: where(x > 0.0, g, g * (alpha * exp(minimum(x, 0.0)))),),
    notation=lambda x, alpha: called("elu", r"\operatorname{elu}")(x),
    dtype=floating,
    kink=Kink(
        lambda x, alpha: (x == 0) & (alpha != 1),
        "elu has a corner at 0; its derivative there is taken as alpha, the one from below",
    ),
)


@provides("elu")
def elu(x: Operand, alpha: float = 1.0) -> Tensor:
    """ELU: x above 0, α(eˣ − 1) below; the derivative is 1 above 0, else α·eˣ.

    >>> import chainrule as cr
    >>> cr.grad(cr.elu)(0.0)
    1.0

    Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by ELUs", 2016.
    """
    return apply(_ELU, lift(x), alpha=float(real_number("elu alpha", alpha)))
