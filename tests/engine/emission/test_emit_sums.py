"""Sums and means as machine code, against the reference."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.instructions import OPCODES
from engine.comparison import agree, opcodes


@settings(deadline=None, max_examples=15)  # each example is compiled
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([np.float32, np.float64]))
def test_sums_and_means(m, n, dtype):
    x = np.random.default_rng(0).normal(size=(m, n)).astype(dtype)
    graph = cr.trace(lambda x: [x.sum(axis=0), x.mean(axis=0), x.sum(), x.mean()], x)
    program = agree(graph, [x], dtype, scale=np.sqrt(m * n))
    assert opcodes(program) == [OPCODES["native"]]
