"""Activation functions as layers without parameters, applied to each neuron's weighted sum z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

from chainrule import ops
from chainrule.arguments import real_number
from chainrule.nn.accepted import Accepts
from chainrule.nn.layer import Layer
from chainrule.nn.option_strings import from_option
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "Activation",
    "Identity",
    "LeakyReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Step",
    "Tanh",
    "activation",
]


class Activation(Layer):
    """Base of the activations.  The input may have any shape; a has its shape and dtype."""

    symbol: ClassVar[str] = "a"
    accepts: ClassVar[Accepts] = "floats"

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name)


@final
class Sigmoid(Activation):
    """Logistic sigmoid: a = 1 / (1 + e^−z),  ∂a/∂z = a·(1 − a) ≤ ¼.  See `cr.sigmoid`.

    >>> Sigmoid()([0.0])
    Tensor([0.5])

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.sigmoid(x)


@final
class Tanh(Activation):
    """Hyperbolic tangent: a = tanh z,  ∂a/∂z = 1 − a² ≤ 1.  See `cr.tanh`.

    >>> Tanh()([0.0])
    Tensor([0.])

    LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.tanh(x)


@final
class ReLU(Activation):
    """Rectified linear unit: a = max(z, 0),  ∂a/∂z = 1 where z > 0, else 0.  See `cr.relu`.

    >>> ReLU()([-1.0, 2.0])
    Tensor([0., 2.])

    Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.relu(x)


@final
class LeakyReLU(Activation):
    """Leaky ReLU: a = z where z > 0, else slope·z;  ∂a/∂z = 1 or slope.  See `cr.leaky_relu`.

    >>> LeakyReLU(0.1)([-1.0, 2.0])
    Tensor([-0.1,  2. ])

    Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network acoustic models", 2013.
    """

    def __init__(self, slope: float = 0.01, *, name: str | None = None) -> None:
        self.slope = float(real_number("LeakyReLU slope", slope))
        super().__init__(name=name)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.leaky_relu(x, self.slope)

    def options(self) -> Mapping[str, Any]:
        return {"slope": self.slope}


@final
class ELU(Activation):
    """Exponential linear unit: a = z where z > 0, else α(e^z − 1);  ∂a/∂z = 1 or α·e^z.

    See `cr.elu`.

    >>> ELU()([0.0, 2.0])
    Tensor([0., 2.])

    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", 2015.
    """

    def __init__(self, alpha: float = 1.0, *, name: str | None = None) -> None:
        self.alpha = float(real_number("ELU alpha", alpha))
        super().__init__(name=name)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.elu(x, self.alpha)

    def options(self) -> Mapping[str, Any]:
        return {"alpha": self.alpha}


@final
class GELU(Activation):
    """Gaussian error linear unit: a = z·Φ(z),  ∂a/∂z = Φ(z) + z·φ(z).  See `cr.gelu`.

    Φ is the cumulative distribution function of the standard normal distribution, φ its density.

    >>> GELU()([0.0])
    Tensor([0.])

    Hendrycks and Gimpel, "Gaussian error linear units", 2016.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.gelu(x)


@final
class SiLU(Activation):
    """Sigmoid linear unit (swish): a = z·σ(z),  ∂a/∂z = σ(z) + a·(1 − σ(z)).  See `cr.silu`.

    >>> SiLU()([0.0])
    Tensor([0.])

    Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", 2017.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.silu(x)


@final
class Softplus(Activation):
    """Softplus: a = ln(1 + e^z),  ∂a/∂z = σ(z).  See `cr.softplus`.

    >>> Softplus()([-1000.0, 1000.0])
    Tensor([   0., 1000.])

    Dugas, Bengio, Bélisle, Nadeau and Garcia, "Incorporating second-order functional knowledge for
    better option pricing", 2000.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.softplus(x)


@final
class Step(Activation):
    """The perceptron's step: a = 1 where z ≥ 0, else 0;  ∂a/∂z = 0.  See `cr.step`.

    >>> Step()([-0.1, 0.0])
    Tensor([0., 1.])

    Rosenblatt, "The perceptron", 1958.
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.step(x)


@final
class Identity(Activation):
    """Identity: a = z,  ∂a/∂z = 1.  Linear layers with it between them equal one linear layer.

    >>> Identity()([3.0])
    Tensor([3.])
    """

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return x


@final
class Softmax(Activation):
    """Softmax along an axis: aᵢ = e^zᵢ / Σⱼ e^zⱼ,  ∂aᵢ/∂zⱼ = aᵢ·([i = j] − aⱼ).

    See `cr.softmax`.

    >>> Softmax()([0.0, 0.0])
    Tensor([0.5, 0.5])

    Bridle, "Training stochastic model recognition algorithms as networks can lead to maximum mutual
    information estimation of parameters", 1989.
    """

    def __init__(self, axis: int = -1, *, name: str | None = None) -> None:
        self.axis = int(axis)
        super().__init__(name=name)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.softmax(x, self.axis)

    def options(self) -> Mapping[str, Any]:
        return {"axis": self.axis}


ACTIVATIONS: dict[str, Callable[..., Activation]] = {
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "gelu": GELU,
    "silu": SiLU,
    "softplus": Softplus,
    "step": Step,
    "identity": Identity,
    "softmax": Softmax,
}
"""Every activation, by name."""


def activation(option: str) -> Activation:
    """The activation that an option string names: `relu`, `leaky_relu(0.2)`, `elu(0.5)`.

    Raises UnknownNameError for an unknown name and OptionError for numbers that it does not take.

    >>> activation("leaky_relu(0.2)")
    LeakyReLU(slope=0.2)
    """
    takes = {"leaky_relu": ("slope",), "elu": ("alpha",), "softmax": ("axis",)}
    return from_option("activation", option, ACTIVATIONS, takes)
