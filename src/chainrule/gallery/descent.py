"""Plain gradient descent, on gradients that are recorded once and run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.autodiff import value_and_grad
from chainrule.errors import UnknownNameError
from chainrule.graph import Array, Evaluator, Graph
from chainrule.ops import Tensor
from chainrule.ops.tensor import trace

__all__ = ["descend", "evaluator", "prepare", "recorded"]

Slopes = Callable[[Sequence[Array]], tuple[float, list[Array]]]


def evaluator(graph: Graph, engine: str = "compiled") -> Callable[..., list[Array]]:
    """The graph as a function of its inputs, run by the "compiled" engine or by the "reference"."""
    if engine == "reference":
        return Evaluator(graph)
    if engine != "compiled":
        raise UnknownNameError("engine", engine, ("compiled", "reference"))
    from chainrule.engine.compiled_evaluator import CompiledEvaluator  # loads the compiler

    return CompiledEvaluator(graph)


def prepare() -> None:
    """Compile the engine's kernels, or load them from disk, ahead of the first step."""
    evaluator(trace(lambda x: x * x, 1.0))(1.0)


def recorded(
    loss: Callable[..., Tensor], parameters: Sequence[Any], engine: str = "compiled"
) -> Slopes:
    """The loss and its gradient with respect to every parameter, as a function of their values.

    >>> slopes = recorded(lambda w: (w * w).sum(), [np.zeros(2)])
    >>> slopes([np.array([1.0, 2.0])])
    (5.0, [array([2., 4.])])
    """
    everything = value_and_grad(loss, tuple(range(len(parameters))))

    def flat(*values: Tensor) -> list[Tensor]:
        value, gradients = everything(*values)
        return [value, *gradients]

    run = evaluator(trace(flat, *map(np.asarray, parameters)), engine)

    def slopes(values: Sequence[Array]) -> tuple[float, list[Array]]:
        value, *gradients = run(*values)
        return float(value), gradients

    return slopes


def descend(
    slopes: Slopes, parameters: Sequence[Array], learning_rate: float, steps: int
) -> Iterator[tuple[float, list[Array]]]:
    """Full-batch gradient descent: loss and parameters before each step and after the last.

    W ← W − η · ∂L/∂W

    >>> slopes = recorded(lambda w: w * w, [1.0])
    >>> [(round(loss, 4), float(w)) for loss, [w] in descend(slopes, [np.array(1.0)], 0.25, 2)]
    [(1.0, 1.0), (0.25, 0.5), (0.0625, 0.25)]
    """
    current = [np.asarray(parameter, dtype=np.float64) for parameter in parameters]
    for _ in range(steps):
        loss, gradients = slopes(current)
        yield loss, current
        current = [w - learning_rate * g for w, g in zip(current, gradients, strict=True)]
    yield slopes(current)[0], current
