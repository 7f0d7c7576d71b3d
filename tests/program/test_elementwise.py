"""Elementwise operations of a program: NumPy functions, which planning does not compile."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

import chainrule as cr
from chainrule.ops.define import apply, elementwise, logical
from chainrule.ops.registry import PRIMITIVES
from chainrule.program.elementwise import built_in
from engine.comparison import agree, planned

PLAN_AND_PRINT = """
import sys
import numpy as np, chainrule as cr
from chainrule.ops.define import apply, elementwise, floating
from chainrule.program import plan

sinc = elementwise(
    "sine_over", lambda x: np.sin(x) / x, vjp=(None,), notation=lambda x: x, dtype=floating
)
graph = cr.trace(lambda x, w: apply(sinc, cr.tanh(x @ w)), cr.spec((3, 2)), cr.spec((2, 4)))
groups = dict.fromkeys(graph.inputs, "input")
print(plan(graph, np.dtype(float), groups=groups, outputs=[("y", "output")]))
compilers = {"numba", "llvmlite", "chainrule.engine"} & set(sys.modules)
assert not compilers, compilers
"""


def test_a_program_is_planned_and_printed_without_a_compiler():
    done = subprocess.run(
        [sys.executable, "-c", PLAN_AND_PRINT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "sine_over" in done.stdout


def test_a_selection_that_no_primitive_makes():
    x, y = np.array([-1.0, 0.0, np.nan, 2.0]), np.array([1.0, 2.0, 3.0, np.inf])
    np.testing.assert_array_equal(built_in("gate")(x, y), [0.0, 0.0, 0.0, np.inf])


def test_functions_that_take_booleans_for_other_than_0_and_1_are_called():
    """NumPy adds booleans by "or", and inverts them."""
    odd = elementwise(
        "odd_of_a_test",
        lambda x, y: ((x + x) * 1.0) > y,
        vjp=(None, None),
        notation=lambda x, y: x,
        dtype=logical,
    )
    try:
        x = np.random.default_rng(0).normal(size=(4, 3))
        program = agree(cr.trace(lambda x: apply(odd, x > 0.0, cr.exp(x)), x), [x])
        assert "call odd_of_a_test" in str(program)
        program = planned(cr.trace(lambda x: apply(odd, x * 2.0, x), x))
        assert "call " not in str(program)
    finally:
        del PRIMITIVES["odd_of_a_test"]
