"""Test cases: a call of a primitive on numbers, and an independent answer to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

Function = Callable[..., Any]

# all ways to broadcast two operands: equal, crossed, scalar, leading axes, length 1, no entries
SHAPES = [
    ((2, 3), (2, 3)),
    ((3, 1), (1, 4)),
    ((), (2, 3)),
    ((2, 3), ()),
    ((2, 2, 3), (3,)),
    ((3,), (2, 2, 3)),
    ((1, 1), (1, 1, 3)),
    ((2, 1, 3), (2, 1)),
    ((0, 3), (1, 3)),
    ((), ()),
]


@dataclass(frozen=True, eq=False)
class Case:
    """A call at a point where the function is smooth.

    `function` calls chainrule and `oracle` calls JAX, both on `args`; derivatives are with respect
    to the floating-point arguments.  `flat` means that no gradient flows, `rounds` that the
    function determines its own precision, and `integers` that integers act like equal floats.
    `symmetric` means that the primitive reads one triangle of a symmetric matrix, and that its
    gradient is symmetric.
    """

    primitive: str
    function: Function
    oracle: Function
    args: tuple[Any, ...]
    flat: bool = False
    rounds: bool = False
    integers: bool = True
    symmetric: bool = False

    @property
    def wrt(self) -> tuple[int, ...]:
        """Positions of the floating-point arguments."""
        return tuple(i for i, arg in enumerate(self.args) if np.asarray(arg).dtype.kind == "f")

    @property
    def points(self) -> tuple[Any, ...]:
        """The floating-point arguments."""
        return tuple(self.args[i] for i in self.wrt)

    def at(self, function: Function, args: tuple[Any, ...] | None = None) -> Function:
        """Return `function` as a function of its floating-point arguments only."""

        def reduced(*points: Any) -> Any:
            full = list(self.args if args is None else args)
            for i, point in zip(self.wrt, points, strict=True):
                full[i] = point
            return function(*full)

        return reduced

    def __str__(self) -> str:
        return f"{self.primitive}{' '.join(str(np.shape(arg)) for arg in self.args)}"


@dataclass(frozen=True, eq=False)
class Edge:
    """A call at ties, zeros, infinities or overflow, with the result the docstring promises.

    `gradients` has one entry for each argument, for an upstream gradient of 1 (the check uses
    another one), or None for arguments that are not checked.  `kink` is where the primitive reports
    that it is not differentiable.  `curvature` is the derivative of the sum of the first gradient
    with respect to the first argument.
    """

    primitive: str
    function: Function
    args: tuple[Any, ...]
    value: Any
    gradients: tuple[Any, ...]
    kink: Any = None
    curvature: Any = None

    def __str__(self) -> str:
        return f"{self.primitive} at {', '.join(str(arg) for arg in self.args)}"


def numbers(shape: tuple[int, ...], low: float, high: float, seed: int = 0) -> np.ndarray:
    """Return generic float64 numbers between low and high."""
    return np.random.default_rng([seed, len(shape), *shape]).uniform(low, high, shape)


def unary(primitive: str, function: Function, oracle: Function, *ranges: tuple, **options) -> list:
    """Return cases of a function of one array: numbers from each range, and small shapes."""
    low, high = ranges[0]
    inputs = [numbers((2, 3), low, high, seed) for seed, (low, high) in enumerate(ranges)]
    inputs += [numbers(shape, low, high, 9) for shape in ((), (1,), (0, 2))]
    return [Case(primitive, function, oracle, (x,), **options) for x in inputs]


def binary(
    primitive: str, function: Function, oracle: Function, left: tuple, right: tuple, **options
) -> list:
    """Return cases of a function of two arrays that broadcast against each other."""
    return [
        Case(primitive, function, oracle, (numbers(a, *left, 1), numbers(b, *right, 2)), **options)
        for a, b in SHAPES
    ]


def one_of_each(cases: Sequence[Any]) -> list[Any]:
    """The cases as parameters; all but the first of each primitive are marked as slow together."""
    seen: set[str] = set()
    found: list[Any] = []
    for case in cases:
        found.append(pytest.param(case, marks=[pytest.mark.slow] if case.primitive in seen else []))
        seen.add(case.primitive)
    return found
