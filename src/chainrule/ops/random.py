"""Pseudo-random numbers that are recorded like the result of any other operation.

Every number is a function of a seed, a counter and its own index, so a record that is run again, on
another engine or after an interruption, draws the same numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.arguments import dtype_of, lengths, whole_number
from chainrule.errors import OptionError
from chainrule.graph import Array, Spec, misfit
from chainrule.ops.define import apply, primitive
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["uniform"]


def _mixed(state: Array) -> Array:
    """The output function of SplitMix64, on 64-bit unsigned integers that wrap around."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _uniform(counter: Array, *, seed: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    golden = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        stream = _mixed(
            np.asarray([seed % 2**64], dtype=np.uint64) * golden + counter.astype(np.uint64)
        )
        indices = np.arange(1, math.prod(shape) + 1, dtype=np.uint64)
        bits = _mixed(stream + indices * golden) >> np.uint64(40)  # 24 bits: exact in float32 too
    return (bits.astype(dtype) / dtype.type(1 << 24)).reshape(shape)


def _notation(counter: Array, seed: int, shape: tuple[int, ...], dtype: Any) -> Array:
    from chainrule.formula import Symbol  # not needed to draw numbers

    names = [f"u{list(index)}".replace(" ", "") for index in np.ndindex(*shape)]
    return np.array(list(map(Symbol, names)), dtype=object).reshape(shape)


def _uniform_shape(counter: Spec, seed: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Spec:
    if counter.size != 1:
        raise misfit("one whole number as counter")
    return Spec(shape, dtype)


_UNIFORM = primitive("uniform", _uniform, shape=_uniform_shape, vjp=(None,), notation=_notation)


@provides("uniform")
def uniform(counter: Operand, shape: tuple[int, ...], seed: int = 0, dtype: Any = float) -> Tensor:
    """Draw numbers in [0, 1) that depend only on `seed`, `counter` (an integer scalar) and index.

    >>> import chainrule as cr
    >>> a, b = cr.uniform(1, (3,)), cr.uniform(1, (3,))
    >>> bool((a == b).value.all()), bool((a == cr.uniform(2, (3,))).value.any())
    (True, False)

    Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    found = dtype_of("uniform dtype", dtype)
    if found.kind != "f":
        raise OptionError("uniform dtype", expected="a floating dtype", got=str(found))
    return apply(
        _UNIFORM,
        lift(counter),
        seed=whole_number("uniform seed", seed, most=None),
        shape=lengths("uniform", shape),
        dtype=found,
    )
