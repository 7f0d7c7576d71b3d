"""A listing says which instructions NumPy runs, also those of operations that do not compile."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.compiled_evaluator import CompiledEvaluator
from chainrule.engine.interpreter.encode import encode
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.registry import PRIMITIVES
from engine.comparison import agree, planned

MODULE: dict[str, Any] = {"numpy": np}


def _through_a_table(x):
    """A value that neither is a formula nor compiles: it asks a dict of modules."""
    return MODULE["numpy"].array(list(map(float, x.ravel()))).reshape(x.shape)


def _counted_up(x):
    """One with a loop, which Numba compiles."""
    total = x * 0.0
    for _ in range(3):
        total = total + x
    return total


def operation(name: str, value: Any) -> Any:
    """An operation of a user's, which the other tests do not find among those of the package."""
    rule = (lambda g, y, x: g,)
    own = elementwise(name, value, vjp=rule, notation=lambda x: x, dtype=floating)
    del PRIMITIVES[name]
    return lambda x: apply(own, cr.stop_gradient(x) if isinstance(x, np.ndarray) else x)


through_a_table = operation("through_a_table", _through_a_table)
counted_up = operation("counted_up", _counted_up)
X = np.random.default_rng(0).normal(size=(3, 4))


def listed(function: Any) -> list[str]:
    return str(planned(cr.trace(function, cr.spec(X.shape)))).splitlines()


def test_a_fused_instruction_that_numpy_runs_is_a_call_and_says_why():
    lines = listed(lambda x: cr.exp(through_a_table(x * 2.0)))
    assert lines[0].endswith("1 of 1 are calls")
    assert lines[1].split()[1:3] == ["call", "fused"]
    (reason,) = (line.strip() for line in lines if line.strip().startswith("("))
    assert reason == "(NumPy runs it: no machine code can be made from through_a_table)"


@pytest.mark.parametrize("function", [cr.exp, counted_up, lambda x: counted_up(x) * cr.tanh(x)])
def test_what_compiles_is_no_call(function: Any):
    lines = listed(function)
    assert lines[0].endswith("no calls")
    assert "call" not in "".join(lines[1:])


def test_the_listing_counts_what_the_interpreter_calls():
    """The interpreter's own table: a segment for each run between two calls."""

    def function(x: Any) -> Any:
        return cr.sum(through_a_table(x * 2.0), axis=0) @ cr.ones_like(x.T @ x) + x[[0, 2], 0:4]

    graph = cr.trace(function, cr.spec(X.shape))
    program = agree(graph, [X], scale=1.0)
    called = sum(1 for *_, call in encode(program).segments if call is not None)
    assert called == 2
    assert f"{called} of {len(program.instructions)} are calls" in str(program).splitlines()[0]
    np.testing.assert_allclose(CompiledEvaluator(graph)(X)[0], function(X).value, rtol=1e-12)
