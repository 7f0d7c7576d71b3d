"""Initialisers: the distributions that parameters are drawn from before training.

Each is a dataclass that is called with a shape and a NumPy generator.  A weight has shape (H, D):
its fan-in is D, the number of inputs of each neuron; its fan-out is H, the number of neurons that
each input feeds.  A weight (H, D, K …) of a convolution has fans of D·K… and H·K…, and is
orthogonal as the matrix of its rows, (H, D·K…).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph import Array
from chainrule.nn.argument_checks import check_number
from chainrule.nn.option_strings import field_names, from_option

__all__ = [
    "INITIALISERS",
    "Constant",
    "HeNormal",
    "HeUniform",
    "Initialiser",
    "Normal",
    "Orthogonal",
    "Uniform",
    "XavierNormal",
    "XavierUniform",
    "Zeros",
    "initialiser",
]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Initialiser(ABC):
    """Base of the initialisers: `(shape, rng) → float64 array of that shape`."""

    @abstractmethod
    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Draw an array of `shape`; generators in equal states give equal arrays."""


@final
@dataclass(frozen=True)
class Zeros(Initialiser):
    """All zeros: θ = 0.

    Right for biases.  As weights, zeros give all neurons of a layer the same gradients, so that
    training never makes them differ.

    >>> Zeros()((2,), np.random.default_rng(0))
    array([0., 0.])
    """

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.zeros(shape)


@final
@dataclass(frozen=True)
class Constant(Initialiser):
    """One value everywhere: θ = `value`.  Raises OptionError unless it is finite.

    >>> Constant(0.5)((2,), np.random.default_rng(0))
    array([0.5, 0.5])
    """

    value: float

    def __post_init__(self) -> None:
        check_number("constant value", self.value)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.full(shape, float(self.value))


@final
@dataclass(frozen=True)
class Uniform(Initialiser):
    """Uniform: θ ~ U[low, high).  Raises OptionError unless low ≤ high, both finite.

    >>> w = Uniform(-0.1, 1)((100,), np.random.default_rng(0))
    >>> bool(w.min() >= -0.1), bool(w.max() < 1)
    (True, True)
    """

    low: float = -0.1
    high: float = 0.1

    def __post_init__(self) -> None:
        check_number("uniform low", self.low)
        check_number("uniform high", self.high, at_least=self.low)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.uniform(self.low, self.high, shape)


@final
@dataclass(frozen=True)
class Normal(Initialiser):
    """Normal: θ ~ N(mean, std²).  Raises OptionError unless std ≥ 0, both finite.

    >>> Normal(std=0.0, mean=2.0)((2,), np.random.default_rng(0))
    array([2., 2.])
    """

    std: float = 0.01
    mean: float = 0.0

    def __post_init__(self) -> None:
        check_number("normal std", self.std, at_least=0.0)
        check_number("normal mean", self.mean)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.normal(self.mean, self.std, shape)


@final
@dataclass(frozen=True)
class XavierUniform(Initialiser):
    """Xavier (Glorot), uniform: θ ~ U[−a, a),  a = gain · √(6 / (fan_in + fan_out)).

    Keeps the variance of activations and of gradients about the same from layer to layer where the
    activation function is close to linear.

    Raises ShapeError for a parameter with less than two axes, OptionError for a gain below 0.

    >>> bool(abs(XavierUniform()((3, 3), np.random.default_rng(0))).max() < 1)
    True

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_number("xavier_uniform gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        bound = self.gain * math.sqrt(6.0 / sum(_fans("xavier_uniform", shape)))
        return rng.uniform(-bound, bound, shape)


@final
@dataclass(frozen=True)
class XavierNormal(Initialiser):
    """Xavier (Glorot), normal: θ ~ N(0, σ²),  σ = gain · √(2 / (fan_in + fan_out)).

    Raises ShapeError for a parameter with less than two axes, OptionError for a gain below 0.

    >>> XavierNormal()((2, 3), np.random.default_rng(0)).shape
    (2, 3)

    Glorot and Bengio, 2010: see `XavierUniform`.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_number("xavier_normal gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        std = self.gain * math.sqrt(2.0 / sum(_fans("xavier_normal", shape)))
        return rng.normal(0.0, std, shape)


@final
@dataclass(frozen=True)
class HeUniform(Initialiser):
    """He (Kaiming), uniform: θ ~ U[−a, a),  a = gain · √(3 / fan_in).

    The gain √2 makes up for ReLU setting half of its inputs to 0; for a leaky ReLU of slope s it is
    √(2 / (1 + s²)).

    Raises ShapeError for a parameter with less than two axes, OptionError for a gain below 0.

    >>> bool(abs(HeUniform()((9, 6), np.random.default_rng(0))).max() < 1)
    True

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """

    gain: float = math.sqrt(2.0)

    def __post_init__(self) -> None:
        check_number("he_uniform gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        bound = self.gain * math.sqrt(3.0 / _fans("he_uniform", shape)[0])
        return rng.uniform(-bound, bound, shape)


@final
@dataclass(frozen=True)
class HeNormal(Initialiser):
    """He (Kaiming), normal: θ ~ N(0, σ²),  σ = gain / √fan_in,  with the gain √2 for ReLU.

    Raises ShapeError for a parameter with less than two axes, OptionError for a gain below 0.

    >>> HeNormal()((2, 3), np.random.default_rng(0)).shape
    (2, 3)

    He, Zhang, Ren and Sun, 2015: see `HeUniform`.
    """

    gain: float = math.sqrt(2.0)

    def __post_init__(self) -> None:
        check_number("he_normal gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        std = self.gain / math.sqrt(_fans("he_normal", shape)[0])
        return rng.normal(0.0, std, shape)


@final
@dataclass(frozen=True)
class Orthogonal(Initialiser):
    """Orthogonal: θ = gain · Q, with orthonormal rows where H ≤ D, else orthonormal columns.

    Q is the orthogonal factor in the QR decomposition of a normal matrix, with the signs that make
    it uniformly distributed among the orthogonal matrices.

    Raises ShapeError for a parameter with less than two axes, OptionError for a gain below 0.

    >>> w = Orthogonal()((2, 3), np.random.default_rng(0))
    >>> (w @ w.T).round(6) + 0.0
    array([[1., 0.],
           [0., 1.]])

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", 2014; Mezzadri, "How to generate random matrices", 2007, for the signs.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        check_number("orthogonal gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        _fans("orthogonal", shape)
        matrix = shape[0], math.prod(shape[1:])
        rows, columns = max(matrix), min(matrix)
        q, r = np.linalg.qr(rng.normal(size=(rows, columns)))
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
        q = np.ascontiguousarray(q if matrix == (rows, columns) else q.T)
        return self.gain * q.reshape(shape)


INITIALISERS: dict[str, type[Initialiser]] = {
    "zeros": Zeros,
    "constant": Constant,
    "uniform": Uniform,
    "normal": Normal,
    "xavier": XavierUniform,
    "xavier_uniform": XavierUniform,
    "xavier_normal": XavierNormal,
    "glorot": XavierUniform,
    "glorot_uniform": XavierUniform,
    "glorot_normal": XavierNormal,
    "he": HeNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "kaiming": HeNormal,
    "kaiming_uniform": HeUniform,
    "kaiming_normal": HeNormal,
    "orthogonal": Orthogonal,
}
"""Every initialiser, by name; `he` and `xavier` alone mean the distributions of their papers."""


def initialiser(option: str | Initialiser) -> Initialiser:
    """The initialiser that an option string names; an initialiser is returned as it is.

    Raises UnknownNameError for an unknown name and OptionError for numbers that it does not take.

    >>> initialiser("he"), initialiser("uniform(-0.1, 1)")
    (HeNormal(gain=1.4142135623730951), Uniform(low=-0.1, high=1.0))
    """
    if isinstance(option, Initialiser):
        return option
    takes = {name: field_names(cls) for name, cls in INITIALISERS.items()}
    return from_option("initialiser", option, INITIALISERS, takes)


def _fans(where: str, shape: Shape) -> tuple[int, int]:
    """Fan-in and fan-out of a weight (H, D) or (H, D, K …)."""
    if len(shape) < 2:
        raise ShapeError(
            where,
            expected="a weight of shape (H, D) or (H, D, K …)",
            got=f"a parameter of shape {shape}",
            remedy="use zeros, constant, uniform or normal for a bias",
        )
    positions = math.prod(shape[2:])
    return shape[1] * positions, shape[0] * positions
