"""Initialisers: what a parameter is before anything was learnt.

Each is plain data that is called with a shape and a NumPy generator.  A weight is (H, D): its
fan-in is D, the number of inputs of a neuron, its fan-out H, the number of neurons that read an
input.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array
from chainrule.nn.options import chosen, numbers_of

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
    """Makes the first value of a parameter: `(shape, rng) → float64 array of that shape`."""

    @abstractmethod
    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        """An array of `shape`; equal generators give equal arrays."""


@final
@dataclass(frozen=True)
class Zeros(Initialiser):
    """All zeros: right for biases; for weights it makes all neurons of a layer the same for ever.

    >>> Zeros()((2,), np.random.default_rng(0))
    array([0., 0.])
    """

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.zeros(shape)


@final
@dataclass(frozen=True)
class Constant(Initialiser):
    """One value everywhere: θ = `value`.

    >>> Constant(0.5)((2,), np.random.default_rng(0))
    array([0.5, 0.5])
    """

    value: float

    def __post_init__(self) -> None:
        _check("constant", "value", self.value)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return np.full(shape, float(self.value))


@final
@dataclass(frozen=True)
class Uniform(Initialiser):
    """Uniform: θ ~ U[low, high).  OptionError unless low ≤ high.

    >>> w = Uniform(-0.1, 1)((100,), np.random.default_rng(0))
    >>> bool(w.min() >= -0.1), bool(w.max() < 1)
    (True, True)
    """

    low: float = -0.1
    high: float = 0.1

    def __post_init__(self) -> None:
        _check("uniform", "low", self.low)
        _check("uniform", "high", self.high, at_least=self.low)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.uniform(self.low, self.high, shape)


@final
@dataclass(frozen=True)
class Normal(Initialiser):
    """Normal: θ ~ N(mean, std²).  OptionError unless std ≥ 0.

    >>> Normal(std=0.0, mean=2.0)((2,), np.random.default_rng(0))
    array([2., 2.])
    """

    std: float = 0.01
    mean: float = 0.0

    def __post_init__(self) -> None:
        _check("normal", "std", self.std, at_least=0.0)
        _check("normal", "mean", self.mean)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        return rng.normal(self.mean, self.std, shape)


@final
@dataclass(frozen=True)
class XavierUniform(Initialiser):
    """Xavier (Glorot), uniform: θ ~ U[−a, a),  a = gain · √(6 / (fan_in + fan_out)).

    Keeps the variance about the same forward and backward where the activation is near linear.
    ShapeError for a parameter that is not a matrix.

    >>> bool(abs(XavierUniform()((3, 3), np.random.default_rng(0))).max() < 1)
    True

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    2010.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        _check("xavier_uniform", "gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        bound = self.gain * math.sqrt(6.0 / sum(_fans("xavier_uniform", shape)))
        return rng.uniform(-bound, bound, shape)


@final
@dataclass(frozen=True)
class XavierNormal(Initialiser):
    """Xavier (Glorot), normal: θ ~ N(0, σ²),  σ = gain · √(2 / (fan_in + fan_out)).

    ShapeError for a parameter that is not a matrix.

    >>> XavierNormal()((2, 3), np.random.default_rng(0)).shape
    (2, 3)

    Glorot and Bengio, 2010, as `XavierUniform`.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        _check("xavier_normal", "gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        std = self.gain * math.sqrt(2.0 / sum(_fans("xavier_normal", shape)))
        return rng.normal(0.0, std, shape)


@final
@dataclass(frozen=True)
class HeUniform(Initialiser):
    """He (Kaiming), uniform: θ ~ U[−a, a),  a = gain · √(3 / fan_in).

    The gain √2 makes up for the half of its inputs that a ReLU silences; √(2 / (1 + s²)) for a
    leaky ReLU of slope s.  ShapeError for a parameter that is not a matrix.

    >>> bool(abs(HeUniform()((9, 6), np.random.default_rng(0))).max() < 1)
    True

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015.
    """

    gain: float = math.sqrt(2.0)

    def __post_init__(self) -> None:
        _check("he_uniform", "gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        bound = self.gain * math.sqrt(3.0 / _fans("he_uniform", shape)[0])
        return rng.uniform(-bound, bound, shape)


@final
@dataclass(frozen=True)
class HeNormal(Initialiser):
    """He (Kaiming), normal: θ ~ N(0, σ²),  σ = gain / √fan_in,  with the gain √2 of a ReLU.

    ShapeError for a parameter that is not a matrix.

    >>> HeNormal()((2, 3), np.random.default_rng(0)).shape
    (2, 3)

    He, Zhang, Ren and Sun, 2015, as `HeUniform`.
    """

    gain: float = math.sqrt(2.0)

    def __post_init__(self) -> None:
        _check("he_normal", "gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        std = self.gain / math.sqrt(_fans("he_normal", shape)[0])
        return rng.normal(0.0, std, shape)


@final
@dataclass(frozen=True)
class Orthogonal(Initialiser):
    """Orthogonal: gain · Q, the rows orthonormal where H ≤ D, else the columns.

    Q is the orthogonal factor of a normal matrix, with the signs that make it uniform among all of
    them.  ShapeError for a parameter that is not a matrix.

    >>> w = Orthogonal()((2, 3), np.random.default_rng(0))
    >>> (w @ w.T).round(6) + 0.0
    array([[1., 0.],
           [0., 1.]])

    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", 2014; Mezzadri, "How to generate random matrices", 2007, for the signs.
    """

    gain: float = 1.0

    def __post_init__(self) -> None:
        _check("orthogonal", "gain", self.gain, at_least=0.0)

    def __call__(self, shape: Shape, rng: np.random.Generator) -> Array:
        _fans("orthogonal", shape)
        rows, columns = max(shape), min(shape)
        q, r = np.linalg.qr(rng.normal(size=(rows, columns)))
        q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
        return self.gain * np.ascontiguousarray(q if shape == (rows, columns) else q.T)


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
"""Every initialiser by its names; each paper's own distribution has the short name."""


def initialiser(option: str | Initialiser) -> Initialiser:
    """The initialiser an option string asks for; one that is given already is returned.

    Raises UnknownNameError for a name that no initialiser has and OptionError for numbers it does
    not take.

    >>> initialiser("he"), initialiser("uniform(-0.1, 1)")
    (HeNormal(gain=1.4142135623730951), Uniform(low=-0.1, high=1.0))
    """
    if isinstance(option, Initialiser):
        return option
    takes = {name: numbers_of(made) for name, made in INITIALISERS.items()}
    return chosen("initialiser", option, INITIALISERS, takes)


def _fans(where: str, shape: Shape) -> tuple[int, int]:
    """Fan-in and fan-out of a weight (H, D)."""
    if len(shape) != 2:
        raise ShapeError(
            where,
            expected="a weight of shape (H, D)",
            got=f"a parameter of shape {shape}",
            remedy="use zeros, constant, uniform or normal for a bias",
        )
    return shape[1], shape[0]


def _check(where: str, field: str, value: Any, at_least: float = -math.inf) -> None:
    number = isinstance(value, (int, float, np.integer, np.floating))
    if not number or isinstance(value, bool) or not (math.isfinite(value) and value >= at_least):
        bound = f"a number, {at_least:g} or more" if at_least > -math.inf else "a finite number"
        raise OptionError(f"{where} {field}", expected=bound, got=repr(value))
