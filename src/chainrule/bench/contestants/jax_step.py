"""JAX: a jitted step whose state is donated."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant, library
from chainrule.bench.contestants.models.jax_models import (
    initial_parameters,
    initial_statistics,
    make_forward,
    make_loss,
)
from chainrule.bench.workloads import ADAM, Workload

__all__ = ["Jax", "JaxStep"]


class Jax(Contestant):
    """The base of both JAX contestants: a step as a function of state, data and row numbers."""

    libraries: ClassVar[tuple[str, ...]] = ("jax",)

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self.jax = library("jax")
        self.jax.config.update("jax_platforms", "cpu")
        x, y = workload.data()
        self.x, self.y = (self.jax.device_put(_narrow(array)) for array in (x, y))
        self._forward: Any = None
        self.compiled: Any = None

    def reset(self) -> None:
        jnp = library("jax.numpy")
        start = initial_parameters(self.workload.network), initial_statistics(self.workload.network)
        parameters, running = self.jax.tree.map(jnp.array, start)
        zeros = self.jax.tree.map(jnp.zeros_like, (parameters, parameters))
        self.state = (parameters, *zeros, running, jnp.zeros((), jnp.int32))
        if self.compiled is None:
            self.compiled = self._compile(_step(self.jax, self.workload))
            forward = make_forward(self.workload.network)
            self._forward = self.jax.jit(lambda parameters, x: forward(parameters, [], x)[0])

    @abstractmethod
    def _compile(self, step: Any) -> Any:
        """Compile a function that runs one step or many."""

    def inputs(self, x: Array) -> Any:
        return self.jax.device_put(x)

    def infer(self, x: Any) -> Any:
        return self._forward(self.state[0], x).block_until_ready()

    def outputs(self, found: Any) -> Array:
        return np.asarray(found)


class JaxStep(Jax):
    """Trains with one call for each step."""

    name: ClassVar[str] = "jax_step"

    def _compile(self, step: Any) -> Any:
        return self.jax.jit(step, donate_argnums=0)

    def batches(self, order: Array) -> Any:
        return list(order.astype(np.int32))

    def run(self, batches: Any) -> Any:
        state, x, y, step = self.state, self.x, self.y, self.compiled
        losses = []
        for rows in batches:
            state, loss = step(state, x, y, rows)
            losses.append(loss)
        self.state = self.jax.block_until_ready(state)
        return losses

    def losses(self, found: Any) -> Array:
        return np.array([float(loss) for loss in found])


def _narrow(array: Array) -> Array:
    """Integers as JAX has them, 32 bits wide."""
    return array.astype(np.int32) if array.dtype.kind == "i" else array


def _step(jax: Any, workload: Workload) -> Any:
    jnp = library("jax.numpy")
    forward, loss = make_forward(workload.network), make_loss(workload.network)
    b1, b2, eps = ADAM["beta1"], ADAM["beta2"], ADAM["eps"]
    rate = workload.learning_rate

    def loss_of(parameters: Any, running: Any, x: Any, y: Any) -> tuple[Any, Any]:
        outputs, new = forward(parameters, running, x)
        return loss(outputs, y), new

    def step(state: Any, x: Any, y: Any, rows: Any) -> tuple[Any, Any]:
        parameters, first, second, running, count = state
        batch = (array.at[rows].get(mode="promise_in_bounds") for array in (x, y))
        (loss, running), gradients = jax.value_and_grad(loss_of, has_aux=True)(
            parameters, running, *batch
        )
        count = count + 1
        first = jax.tree.map(lambda m, g: b1 * m + (1 - b1) * g, first, gradients)
        second = jax.tree.map(lambda v, g: b2 * v + (1 - b2) * g * g, second, gradients)
        c1, c2 = 1 - b1**count, 1 - b2**count
        parameters = jax.tree.map(
            lambda p, m, v: p - rate * (m / c1) / (jnp.sqrt(v / c2) + eps),
            parameters,
            first,
            second,
        )
        return (parameters, first, second, running, count), loss

    return step
