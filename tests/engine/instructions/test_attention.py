"""Attention in the engine: several blocks of queries, masks, strides, threads, memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.kernels.attention_weights import ROWS
from engine.comparison import agree, planned
from engine.test_index_graphs import run_with_threads
from program.checker import check

RNG = np.random.default_rng(0)


def step(function: Any) -> Any:
    """Value and gradients as one function of the operands and a cotangent."""

    def run(*operands: Any) -> list[cr.Tensor]:
        *points, g = operands
        value, pull = cr.vjp(function, *points)
        return [value, *pull(g)]

    return run


def heads(x: Any) -> Any:
    """(B, T, 6) as three heads (B, 3, T, 2), which is a view."""
    return cr.swapaxes(cr.reshape(x, (*x.shape[:2], 3, 2)), 1, 2)


PADDED = np.arange(45) < np.array([45, 20])[:, None, None, None]
ANY = RNG.random((2, 3, 70, 45)) < 0.5
ANY[0, 1, 40] = False
MASKS = {"none": None, "padding": PADDED, "pairs": ANY, "queries": ANY[:1, :1, :, :1]}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_blocks_of_queries_of_heads(mask, causal, dtype):
    def function(q: Any, k: Any, v: Any) -> Any:
        y = cr.attention(heads(q), heads(k), heads(v), MASKS[mask], causal=causal)
        return cr.reshape(cr.swapaxes(y, 1, 2), (2, 70, 6))

    shapes = (2, 70, 6), (2, 45, 6), (2, 45, 6), (2, 70, 6)
    assert shapes[0][1] > 2 * ROWS
    args = [RNG.normal(size=shape).astype(dtype) for shape in shapes]
    program = agree(cr.trace(step(function), *args), args, dtype, scale=10.0)
    check(program)
    assert "call" not in {one.op for one in program.instructions}


def test_a_mask_that_is_computed():
    def function(tokens: Any, x: Any) -> Any:
        return cr.attention(x, x, x, cr.not_equal(tokens.astype(float), 0.0)[:, None, :])

    tokens, x = RNG.integers(0, 3, (4, 5)), RNG.normal(size=(4, 5, 3))
    tokens[2] = 0
    program = agree(cr.trace(function, tokens, x), [tokens, x])
    assert "call" not in {one.op for one in program.instructions}


def test_no_digit_depends_on_the_number_of_threads():
    args = [RNG.normal(size=(5, 40, 8)) for _ in range(4)]
    program = planned(cr.trace(step(lambda q, k, v: cr.attention(q, k, v, causal=True)), *args))
    alone, both = (run_with_threads(program, ranks, args) for ranks in (1, 2))
    for one, other in zip(alone, both, strict=True):
        np.testing.assert_array_equal(one, other)


def test_memory_does_not_grow_with_the_square_of_the_length():
    def bytes_of(length: int) -> int:
        def layers(q: Any, k: Any, v: Any) -> Any:
            for _ in range(3):
                q = cr.attention(q, k, v)
            return q

        graph = cr.trace(step(layers), *[cr.spec((2, length, 4))] * 4)
        return planned(graph).size

    assert bytes_of(2000) < 2.2 * bytes_of(1000)
