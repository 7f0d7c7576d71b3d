"""Cross-entropy and its gradient as machine code, against the reference."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.instructions import OPCODES
from chainrule.ops.losses import cross_entropy
from engine.comparison import agree, opcodes


@settings(deadline=None, max_examples=15)  # each example is compiled
@given(
    st.integers(1, 70), st.integers(1, 32), st.sampled_from([np.float32, np.float64]), st.booleans()
)
def test_losses_and_their_gradients(rows, classes, dtype, huge):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, classes)).astype(dtype) * (1e4 if huge else 1)
    y = rng.integers(0, classes, rows)

    def both(x, y):
        return list(cr.value_and_grad(lambda x: cross_entropy(x, y))(x))

    program = agree(cr.trace(both, x, y), [x, y], dtype)
    assert opcodes(program) == [OPCODES["native"]]


@pytest.mark.parametrize("special", [np.nan, -np.inf])
def test_only_rows_with_values_that_are_not_finite_are_affected(special):
    x = np.random.default_rng(0).normal(size=(20, 5))
    x[3, 2] = x[19, 0] = special

    def both(x):
        return list(cr.value_and_grad(lambda x: cross_entropy(x, np.arange(20) % 5))(x))

    agree(cr.trace(both, x), [x])
