"""Elementwise operations as machine code, against the reference."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.instructions import OPCODES
from engine.comparison import agree, opcodes


@settings(deadline=None, max_examples=15)  # each example is compiled
@given(st.integers(1, 20), st.integers(1, 40), st.sampled_from([np.float32, np.float64]))
def test_rows_columns_and_scalars_are_broadcast(m, n, dtype):
    rng = np.random.default_rng(0)
    args = [rng.normal(size=shape).astype(dtype) for shape in [(m, n), (n,), (m, 1), ()]]
    graph = cr.trace(lambda x, row, column, one: cr.tanh(x * row + column) / one - x, *args)
    program = agree(graph, args, dtype)
    assert opcodes(program) == [OPCODES["native"]]
