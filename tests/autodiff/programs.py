"""Random programs: lists of steps that chainrule and JAX can both run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

import chainrule as cr

jax.config.update("jax_enable_x64", True)

QUICK = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""Options of `jax.jit` for a program that runs once: it is compiled sooner and runs slower."""

HERE = cr


class There:
    """JAX's functions under chainrule's names."""

    erf = staticmethod(jax.scipy.special.erf)
    logsumexp = staticmethod(jax.scipy.special.logsumexp)
    gelu = staticmethod(functools.partial(jax.nn.gelu, approximate=False))

    def __getattr__(self, name: str) -> Any:
        return getattr(jnp, name) if hasattr(jnp, name) else getattr(jax.nn, name)


THERE = There()

TABLE = np.cos(np.arange(1.0, 65.0))


def table(*shape: int) -> np.ndarray:
    """Return a fixed array of distinct numbers, used as a constant of programs."""
    return TABLE[: int(np.prod(shape))].reshape(shape)


# a step is (m, x, y) → array, where m is one of the two libraries; all are finite for every x, y
STEPS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "sin": lambda m, x, y: m.sin(x),
    "cos": lambda m, x, y: m.cos(x),
    "tanh": lambda m, x, y: m.tanh(x),
    "sigmoid": lambda m, x, y: m.sigmoid(x),
    "softplus": lambda m, x, y: m.softplus(x),
    "relu": lambda m, x, y: m.relu(x - 0.1),
    "leaky_relu": lambda m, x, y: m.leaky_relu(x, 0.2),
    "elu": lambda m, x, y: m.elu(x, 0.6),
    "silu": lambda m, x, y: m.silu(x),
    "gelu": lambda m, x, y: m.gelu(x),
    "erf": lambda m, x, y: m.erf(x),
    "exp": lambda m, x, y: m.exp(m.tanh(x)),
    "expm1": lambda m, x, y: m.expm1(m.sin(x)),
    "log": lambda m, x, y: m.log(1.5 + m.square(x)),
    "log1p": lambda m, x, y: m.log1p(x * x),
    "sqrt": lambda m, x, y: m.sqrt(0.5 + x**2),
    "abs": lambda m, x, y: m.abs(x),
    "cube": lambda m, x, y: m.tanh(x) ** 3,
    "neg": lambda m, x, y: -x,
    "clip": lambda m, x, y: m.clip(x, -0.8, 0.9),
    "add": lambda m, x, y: x + y,
    "sub": lambda m, x, y: x - y,
    "rsub": lambda m, x, y: 1.5 - y,
    "mul": lambda m, x, y: x * y,
    "div": lambda m, x, y: x / (1 + y * y),
    "rdiv": lambda m, x, y: 2.0 / (1.0 + x**2),
    "power": lambda m, x, y: (m.abs(x) + 0.5) ** m.tanh(y),
    "rpower": lambda m, x, y: 1.7 ** m.tanh(x),
    "maximum": lambda m, x, y: m.maximum(x, y),
    "minimum": lambda m, x, y: m.minimum(x, y),
    "where": lambda m, x, y: m.where(x > y, x * 0.5, y),
    "shared": lambda m, x, y: x * m.sin(x) + x,
    "sum": lambda m, x, y: m.sum(x, axis=0),
    "mean": lambda m, x, y: x - m.mean(x, axis=-1, keepdims=True),
    "max": lambda m, x, y: m.max(x, axis=-1),
    "min": lambda m, x, y: m.min(x, axis=0, keepdims=True),
    "var": lambda m, x, y: m.var(x, axis=0),
    "prod": lambda m, x, y: m.prod(m.tanh(x), axis=-1),
    "logsumexp": lambda m, x, y: m.logsumexp(x, axis=0),
    "softmax": lambda m, x, y: m.softmax(x, axis=-1),
    "log_softmax": lambda m, x, y: m.log_softmax(x, axis=0),
    "cumsum": lambda m, x, y: m.cumsum(x, axis=0),
    "transpose": lambda m, x, y: m.transpose(x),
    "flatten": lambda m, x, y: x.reshape(-1),
    "first": lambda m, x, y: x[0],
    "backwards": lambda m, x, y: x[..., ::-1],
    "twice": lambda m, x, y: x[np.array([0, -1, 0])],
    "concatenate": lambda m, x, y: m.concatenate([x, m.sin(x), x[:1]]),
    "stack": lambda m, x, y: m.stack([x, -x], axis=-1),
    "pad": lambda m, x, y: m.pad(x, 1),
    "rows": lambda m, x, y: m.broadcast_to(x, (2, *x.shape)),
    "matmul": lambda m, x, y: x @ table(x.shape[-1], 2),
    "rmatmul": lambda m, x, y: table(2, x.shape[0]) @ x,
    "gram": lambda m, x, y: x @ m.swapaxes(m.tanh(x), -1, -2),
    "inner": lambda m, x, y: m.matmul(x, x[0]),
}


@dataclass(frozen=True)
class Program:
    """Steps over the leaves and the results so far; the output is the last result."""

    shapes: tuple[tuple[int, ...], ...]
    steps: tuple[tuple[str, int, int], ...]

    def run(self, library: Any, *leaves: Any) -> Any:
        values = list(leaves)
        for name, i, j in self.steps:
            values.append(STEPS[name](library, values[i], values[j]))
        return values[-1]

    def objective(self, library: Any, *leaves: Any) -> Any:
        """One number: the entries of the output, unequally weighted."""
        out = self.run(library, *leaves)
        return library.sum(out * np.cos(np.arange(1.0, 1 + np.size(out))).reshape(out.shape))


def shape_of(name: str, x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape of a step's result, or None if the operands do not fit it."""
    operands = [jax.ShapeDtypeStruct(shape, np.float64) for shape in (x, y)]
    try:
        return jax.eval_shape(functools.partial(STEPS[name], THERE), *operands).shape
    except (TypeError, ValueError, IndexError):
        return None


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """One to three leaves, up to twelve steps; every step reads any two earlier results."""
    shape = st.sampled_from([(), (3,), (1,), (2, 3), (3, 1), (2, 1, 3)])
    shapes = draw(st.lists(shape, min_size=1, max_size=3))
    leaves, steps = tuple(shapes), []
    for _ in range(draw(st.integers(6, 16))):
        # the latest result more often than others, so that programs become deep
        i = draw(st.sampled_from([len(shapes) - 1, *range(len(shapes))]))
        j = draw(st.integers(0, len(shapes) - 1))
        name = draw(st.sampled_from(list(STEPS)))
        found = shape_of(name, shapes[i], shapes[j])
        if found is not None and np.prod(found) <= 60 and len(found) <= 3 and len(steps) < 12:
            steps.append((name, i, j))
            shapes.append(found)
    return Program(leaves, tuple(steps) or (("sin", 0, 0),))
