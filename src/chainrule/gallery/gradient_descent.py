"""Full-batch gradient descent, on gradients that are recorded once and run many times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.autodiff import value_and_grad
from chainrule.errors import UnknownNameError
from chainrule.graph import Array, Evaluator, Graph
from chainrule.ops import Tensor
from chainrule.ops.tensor import trace

__all__ = ["LossAndGradients", "clipped", "evaluator", "gradient_descent", "loss_and_gradients"]

LossAndGradients = Callable[[Sequence[Array]], tuple[float, list[Array]]]
"""Maps the values of the parameters to the loss and its gradient for each of them."""


def evaluator(graph: Graph, engine: str = "compiled") -> Callable[..., list[Array]]:
    """The graph as a function of its inputs, run by the "compiled" or the "reference" engine."""
    if engine == "reference":
        return Evaluator(graph)
    if engine != "compiled":
        raise UnknownNameError("engine", engine, ("compiled", "reference"))
    from chainrule.engine.compiled_evaluator import CompiledEvaluator  # loads the compiler

    return CompiledEvaluator(graph)


def loss_and_gradients(
    loss: Callable[..., Tensor], parameters: Sequence[Any], engine: str = "compiled"
) -> LossAndGradients:
    """Record a loss and its gradient for every parameter, as a function of their values.

    >>> evaluate = loss_and_gradients(lambda w: (w * w).sum(), [np.zeros(2)])
    >>> evaluate([np.array([1.0, 2.0])])
    (5.0, [array([2., 4.])])
    """
    differentiated = value_and_grad(loss, tuple(range(len(parameters))))

    def flat(*values: Tensor) -> list[Tensor]:
        value, gradients = differentiated(*values)
        return [value, *gradients]

    run = evaluator(trace(flat, *map(np.asarray, parameters)), engine)

    def evaluate(values: Sequence[Array]) -> tuple[float, list[Array]]:
        value, *gradients = run(*values)
        return float(value), gradients

    return evaluate


def gradient_descent(
    evaluate: LossAndGradients, parameters: Sequence[Array], learning_rate: float, steps: int
) -> Iterator[tuple[float, list[Array]]]:
    """Yield the loss and the parameters before each step and after the last.

    W ← W − η · ∂L/∂W

    >>> square = loss_and_gradients(lambda w: w * w, [1.0])
    >>> descent = gradient_descent(square, [np.array(1.0)], 0.25, 2)
    >>> [(round(loss, 4), float(w)) for loss, [w] in descent]
    [(1.0, 1.0), (0.25, 0.5), (0.0625, 0.25)]
    """
    current = [np.asarray(parameter, dtype=np.float64) for parameter in parameters]
    for _ in range(steps):
        loss, gradients = evaluate(current)
        yield loss, current
        current = [w - learning_rate * g for w, g in zip(current, gradients, strict=True)]
    yield evaluate(current)[0], current


def clipped(evaluate: LossAndGradients, bound: float) -> LossAndGradients:
    """The loss and its gradient, scaled down where its norm over all parameters is above `bound`.

    g ← g · min(1, bound / ‖g‖)

    >>> steep = clipped(loss_and_gradients(lambda w: (w * w).sum(), [np.zeros(2)]), 1.0)
    >>> steep([np.array([3.0, 4.0])])
    (25.0, [array([0.6, 0.8])])

    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013.
    """

    def found(values: Sequence[Array]) -> tuple[float, list[Array]]:
        loss, gradients = evaluate(values)
        norm = float(np.sqrt(sum(float((g * g).sum()) for g in gradients)))
        return loss, [g * (bound / norm) for g in gradients] if norm > bound else gradients

    return found
