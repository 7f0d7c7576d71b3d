"""Flows through neurons, compared with enumerated paths; uses, compared with untied parameters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.explain import explain, flow
from explain.flows import network, networks, recurrent


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(networks, st.data())
def test_the_flow_through_a_neuron_is_the_sum_of_enumerated_paths(architecture, data):
    loss = network(*architecture)
    shape = (architecture[1][1], architecture[1][0])
    i, j = (data.draw(st.integers(0, n - 1)) for n in shape)
    wrt = f"w1[{i}, {j}]"
    (chain,) = explain(loss, wrt=wrt, steps="names", paths=1000).derivation.chains
    if chain.count > 1000:
        return
    (entry,) = flow(loss, wrt, steps="names").entries
    assert entry.gradient == pytest.approx(chain.gradient, rel=1e-9, abs=1e-12)
    for level in entry.levels:
        for neuron in level.neurons:
            through = [p.value for p in chain.products if neuron.name in chain.route(p)]
            assert neuron.signed == pytest.approx(sum(through), rel=1e-9, abs=1e-12)
            assert neuron.absolute == pytest.approx(sum(map(abs, through)), rel=1e-9, abs=1e-12)
        assert sum(n.absolute for n in level.neurons) == pytest.approx(entry.absolute)


@pytest.mark.parametrize("names", [True, False])
def test_contributions_by_lag_are_the_gradients_of_the_uses(names):
    random = np.random.default_rng(4)
    w, u, inputs = (random.normal(size=shape) for shape in ((3, 3), (3, 2), (5, 2)))
    tied = {"W": cr.variable(w, "W"), "U": cr.variable(u, "U")}
    untied = {"W": [cr.variable(w, f"W{t}") for t in range(5)], "U": cr.variable(u, "U")}
    slopes = recurrent(untied, inputs).gradients()
    steps = "names" if names else "gates"
    (entry,) = flow(recurrent(tied, inputs, names), "W[1, 2]", steps=steps).entries
    expected = [slopes[f"W{t}"].value[1, 2] for t in range(4, -1, -1)]
    found = [use.contribution for use in entry.uses]
    assert [use.lag for use in entry.uses] == list(range(len(found)))
    assert found == pytest.approx(expected[: len(found)])
    assert expected[len(found) :] == pytest.approx([0.0] * (5 - len(found)))
    assert sum(found) == pytest.approx(entry.gradient)


def test_a_parameter_used_once_has_no_lags():
    assert flow(network(0, [2, 3, 2]), "w1[0, 0]").entries[0].uses == ()
