"""Recorded random numbers: reproducible, uniform, and exactly SplitMix64's."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.graph import Evaluator
from chainrule.ops.registry import PRIMITIVES

WORD = 2**64 - 1


def mixed(state: int) -> int:
    """SplitMix64's output function in Python's unbounded integers."""
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & WORD
    return state ^ (state >> 31)


@pytest.mark.parametrize(("seed", "counter"), [(0, 0), (3, 7), (-1, 2), (2**40, 2**33)])
def test_numbers_equal_splitmix(seed, counter):
    golden = 0x9E3779B97F4A7C15
    stream = mixed((seed * golden + counter) & WORD)
    expected = [(mixed((stream + k * golden) & WORD) >> 40) / 2**24 for k in range(1, 7)]
    found = cr.uniform(counter, (2, 3), seed=seed)
    np.testing.assert_array_equal(found.value.reshape(-1), expected)


def test_float32_draws_equal_numbers():
    single = cr.uniform(5, (100,), dtype=np.float32)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(single.value, cr.uniform(5, (100,)).value)


def test_draws_are_uniform_and_independent():
    draws = np.stack([cr.uniform(k, (10_000,)).value for k in range(4)])
    assert draws.min() >= 0
    assert draws.max() < 1
    np.testing.assert_allclose(draws.mean(axis=1), 0.5, atol=0.015)
    np.testing.assert_allclose(draws.var(axis=1), 1 / 12, atol=0.004)
    np.testing.assert_allclose(np.corrcoef(draws) - np.eye(4), 0, atol=0.04)


def test_another_counter_draws_other_numbers():
    run = Evaluator(cr.trace(lambda counter: cr.uniform(counter, (3,), seed=1), np.array([0])))
    np.testing.assert_array_equal(run([4])[0], cr.uniform(4, (3,), seed=1).value)
    assert not np.array_equal(run([4])[0], run([5])[0])


def test_no_gradient_flows_and_the_draws_have_names():
    counter = cr.variable(3.0, "n")
    assert float(cr.sum(cr.uniform(counter, (2,))).gradients()["n"]) == 0.0
    written = PRIMITIVES["uniform"].notation(
        counter.value, seed=0, shape=(1, 2), dtype=np.dtype(float)
    )
    assert [str(symbol) for symbol in written[0]] == ["u[0,0]", "u[0,1]"]
