"""The adding problem: what is to be learnt, and who learns it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import gallery
from chainrule.gallery.examples.long_memory import adding_problem, make_networks
from chainrule.ops.tensor import constant
from gallery.worked import table, worked


@given(st.integers(1, 20), st.integers(1, 30), st.integers(0, 100))
def test_the_answer_is_the_sum_of_the_marked_numbers(rows, lag, seed):
    x, y = adding_problem(rows, lag, seed)
    numbers, marks = x[..., 0], x[..., 1]
    assert np.array_equal(np.flatnonzero(marks[0]), [0, lag])
    np.testing.assert_allclose((numbers * marks).sum(1), y[:, 0], rtol=1e-6)


@pytest.mark.parametrize("name", ["RNN", "LSTM", "attention"])
def test_the_gradients_of_the_table_are_those_of_differences(name):
    """Of the untrained network at the first step, by central differences of its output."""
    rows = table(worked("long-memory"), "norm of the gradient")["rows"]
    (shares,) = (row[1:] for row in rows if row[0] == f"{name} before")
    network = make_networks(100, seed=1)[name]
    network.load({key: p.value.astype(np.float64) for key, p in network.parameters().items()})
    x = adding_problem(500, 100, seed=2)[0][:32].astype(np.float64)
    norms: list[float] = []
    for step in (100, 0):
        slopes = np.zeros((32, 2))
        for feature in range(2):
            above, below = x.copy(), x.copy()
            above[:, step, feature] += 0.005
            below[:, step, feature] -= 0.005
            outputs = [network(constant(z)).value[:, 0] for z in (above, below)]
            slopes[:, feature] = outputs[0] - outputs[1]
        norms.append(float(np.linalg.norm(slopes, axis=1).mean()))
    assert shares[-1] == pytest.approx(norms[1] / norms[0], rel=0.01, abs=1e-3)


@pytest.mark.slow
def test_the_rnn_forgets_what_the_others_keep():
    report = gallery.get("long-memory").work()
    errors = {name: found for name, *found in table(report, "Mean squared errors")["rows"]}
    assert errors["RNN"][-1] > 0.05
    assert max(errors["LSTM"]) < 0.01
    assert max(errors["attention"]) < 0.01
    assert "The LSTM has learnt every lag." in " ".join(str(report).split())
