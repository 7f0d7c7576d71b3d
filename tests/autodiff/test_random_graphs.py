"""Random graphs: chainrule and JAX agree on value, gradient and curvature."""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np
from hypothesis import HealthCheck, assume, given, settings

import chainrule as cr
from autodiff.programs import HERE, QUICK, THERE, Program, programs
from chainrule.graph import Evaluator, verify

EXAMPLES = settings(
    max_examples=int(os.environ.get("RANDOM_GRAPHS", "60")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def points(program: Program, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(-1.5, 1.5, shape)) for shape in program.shapes]


def jax_answers(program: Program, leaves: list[Any], directions: list[Any]) -> tuple[Any, ...]:
    """Output, gradient, and Hessian times directions."""

    def answers(leaves: list[Any], directions: list[Any]) -> tuple[Any, ...]:
        def slope(*leaves: Any) -> Any:
            return jax.grad(lambda args: program.objective(THERE, *args))(leaves)

        gradient, pull = jax.vjp(slope, *leaves)
        return program.run(THERE, *leaves), gradient, pull(tuple(directions))

    found = jax.jit(answers, compiler_options=QUICK)(leaves, directions)
    return jax.tree.map(np.asarray, found)


def close(found: Any, expected: Any) -> None:
    for one, other in zip(found, expected, strict=True):
        scale = max(1.0, float(np.abs(other).max(initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-10 * scale)


@EXAMPLES
@given(programs())
def test_random_graphs(program):
    leaves, directions = points(program, 0), points(program, 1)
    value, gradient, curvature = jax_answers(program, leaves, directions)
    numbers = [value, *gradient, *curvature]
    assume(all(np.isfinite(array).all() and np.abs(array).max() < 1e6 for array in numbers))
    every = range(len(leaves))

    found = program.run(HERE, *map(cr.variable, leaves))
    assert found.shape == value.shape
    close([found.value], [value])

    def objective(*args: Any) -> cr.Tensor:
        return program.objective(HERE, *args)

    slope = cr.grad(objective, every)
    close(slope(*leaves), gradient)

    def along(*args: Any) -> Any:
        terms = [cr.sum(g * v) for g, v in zip(slope(*args), directions, strict=True)]
        return cr.sum(cr.stack(terms))

    close(cr.grad(along, every)(*leaves), curvature)

    # traced with shapes alone, then run: exactly the eager numbers
    graph = cr.trace(lambda *args: [program.run(HERE, *args), *slope(*args)], *leaves)
    eager = [found.value, *slope(*leaves)]
    for one, other in zip(Evaluator(verify(graph))(*leaves), eager, strict=True):
        np.testing.assert_array_equal(one, other)
