"""Equal neurons stay equal to the last bit; random ones do not."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import gallery
from chainrule.gallery.examples.gates import TARGETS
from chainrule.gallery.examples.xor import TwoLayers, train
from chainrule.gallery.examples.zero_init import spread
from gallery.worked import table, worked


@pytest.mark.parametrize("gate", ["OR", "XOR"])
@pytest.mark.parametrize("value", [0.0, 0.5, -1.25])
def test_equal_neurons_stay_equal_to_the_last_bit(gate, value):
    equal = [np.full(shape, value) for shape in ((1, 3, 2), (1, 3), (1, 3), (1,))]
    last, _ = train(TwoLayers(TARGETS[gate]), equal, 2.0, 200)
    assert spread(last) == 0.0
    W, b, v, _ = last
    assert len({W[0, h].tobytes() + b[0, h].tobytes() + v[0, h].tobytes() for h in range(3)}) == 1


def test_random_weights_break_the_symmetry():
    for task, start_, difference, verdict in table(worked("zero-init"), "2-3-1")["rows"]:
        assert (difference > 0.1) if start_.startswith("uniform") else (difference == 0)
        if task == "XOR":
            assert (verdict == "4 of 4") == start_.startswith("uniform")
    gradients = worked("zero-init").to_dict()["gradients"]
    assert gradients["w1"] == gradients["w3"] != 0
    assert gradients["w2"] == gradients["w4"] != 0


def test_one_weight_set_apart_breaks_it_too():
    gradients = gallery.get("zero-init").work({"w3": 0.6, "steps": 1}).to_dict()["gradients"]
    assert gradients["w1"] != gradients["w3"]


@pytest.mark.parametrize(("steps", "enough"), [(20, False), (1000, True)])
def test_what_a_few_steps_do_not_reach_is_not_said_to_be_reached(steps, enough):
    text = " ".join(str(gallery.get("zero-init").work({"steps": steps})).split())
    assert ("One neuron is enough for OR, where" in text) == enough
    assert ("One neuron is enough for OR, given more steps, where" in text) != enough
