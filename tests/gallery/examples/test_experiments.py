"""The examples that train or evaluate something, against brute force."""

import itertools
import math

import numpy as np
import pytest

from chainrule import gallery
from chainrule.errors import UnknownNameError
from chainrule.gallery.examples.approximate import FUNCTIONS, WIDTHS, trained_networks
from chainrule.gallery.examples.dead_relu import SHAPES
from chainrule.gallery.examples.gates import INPUTS, TARGETS, Perceptron, perceptron_rule
from chainrule.gallery.examples.linear_collapse import collapsed, random_layers
from chainrule.gallery.examples.xor import TwoLayers, by_hand, random_parameters, train
from chainrule.gallery.examples.zero_init import spread


@pytest.fixture(scope="module")
def told():
    """Every experiment, worked once."""
    names = ("gates", "xor", "dead-relu", "linear-collapse", "zero-init", "approximate")
    return {name: gallery.get(name).work() for name in names}


def tables(report):
    return [block for block in report.to_dict()["report"] if block["kind"] == "table"]


def table(report, words):
    return next(found for found in tables(report) if words in found["caption"])


def right(targets, w1, w2, b):
    """Rows of a truth table that w1·x1 + w2·x2 + b ≥ 0 gets, written out."""
    rows = zip(INPUTS, targets, strict=True)
    return sum((w1 * x1 + w2 * x2 + b >= 0) == bool(t) for (x1, x2), t in rows)


# gates


def test_truth_tables():
    assert [a and b for a, b in INPUTS] == list(TARGETS["AND"])
    assert [a or b for a, b in INPUTS] == list(TARGETS["OR"])
    assert [a ^ b for a, b in INPUTS] == list(TARGETS["XOR"])


def test_given_weights_row_by_row(told):
    rows = table(told["gates"], "truth table of AND")["rows"]
    assert [row[2:] for row in rows] == [
        [-1, 0, 0, True],
        [0, 1, 0, False],
        [0, 1, 0, False],
        [1, 1, 1, True],
    ]
    rows = table(told["gates"], "other biases")["rows"]
    assert [(gate, b, verdict) for gate, b, *_, verdict in rows] == [
        ("AND", -1.0, "2 of 4"),
        ("AND", -1.5, "4 of 4"),
        ("OR", -1.0, "4 of 4"),
        ("OR", -0.5, "4 of 4"),
    ]
    for gate, b, *_, verdict in rows:
        assert verdict == f"{right(TARGETS[gate], 1, 1, b)} of 4"


@pytest.mark.parametrize("gate", ["AND", "OR"])
@pytest.mark.parametrize("rate", [0.1, 1.0, 7.0])
def test_the_perceptron_rule_learns(gate, rate):
    passes = perceptron_rule(TARGETS[gate], rate)
    assert passes[0] == (0, 0, 0)
    assert right(TARGETS[gate], *passes[-1]) == passes[-1].rows_right(TARGETS[gate]) == 4
    assert all(p.rows_right(TARGETS[gate]) < 4 for p in passes[:-1])


def test_trained_gates_are_shown(told):
    for gate in ("AND", "OR"):
        *_, (_, w1, w2, b, verdict) = table(told["gates"], f"Trained on {gate}")["rows"]
        assert verdict == "4 of 4"
        assert right(TARGETS[gate], w1, w2, b) == 4


def test_no_slope_leads_a_step_anywhere(told):
    gradients = told["gates"].to_dict()["gradients"]
    assert all(gradients[name] == 0 for name in ("w1", "w2", "b", "z"))
    assert "derivative is taken as 0" in str(told["gates"])


# xor


def test_no_perceptron_does_xor_on_a_fine_grid():
    axis = np.linspace(-3, 3, 25)
    best = max(right(TARGETS["XOR"], *weights) for weights in itertools.product(axis, repeat=3))
    assert best == 3
    assert len(perceptron_rule(TARGETS["XOR"])) > 100
    assert all(
        Perceptron(*p).rows_right(TARGETS["XOR"]) < 4 for p in perceptron_rule(TARGETS["XOR"])
    )


def test_two_layers_by_hand(told):
    assert [by_hand(*row)[-1] for row in INPUTS] == list(TARGETS["XOR"])
    rows = table(told["xor"], "by hand")["rows"]
    assert [row[4] for row in rows] == list(TARGETS["XOR"])
    assert all(row[-1] is True for row in rows)


@pytest.mark.parametrize("hidden", [2, 4])
def test_trained_networks_do_xor(hidden):
    W, b, v, c = train(TwoLayers(TARGETS["XOR"]), random_parameters(hidden, 1), 2.0, 1000)[0]
    for row, target in zip(INPUTS, TARGETS["XOR"], strict=True):
        sums = [
            sum(w * x for w, x in zip(W[0, h], row, strict=True)) + b[0, h] for h in range(hidden)
        ]
        z = sum(v[0, h] / (1 + math.exp(-s)) for h, s in enumerate(sums)) + c[0]
        assert (1 / (1 + math.exp(-z)) > 0.5) == bool(target)


def test_trained_outputs_are_shown(told):
    found = table(told["xor"], "Trained by 1000 steps")
    assert "2-2-1 4 of 4, 2-4-1 4 of 4" in found["caption"]
    for _, _, target, small, large in found["rows"]:
        assert abs(small - target) < 0.1
        assert abs(large - target) < 0.1
    census = table(told["xor"], "random starts")["rows"]
    solved = {name: int(starts.split()[0]) for name, starts, _ in census}
    assert 5 <= solved["2-2-1"] <= solved["2-4-1"] == 10


def test_networks_side_by_side_train_as_they_do_alone():
    task = TwoLayers(TARGETS["XOR"])
    pair = [
        np.concatenate(parts)
        for parts in zip(random_parameters(2, 3), random_parameters(2, 4), strict=True)
    ]
    together, _ = train(task, pair, 1.0, 20)
    for i, seed in enumerate((3, 4)):
        alone, _ = train(task, random_parameters(2, seed), 1.0, 20)
        for both, one in zip(together, alone, strict=True):
            np.testing.assert_allclose(both[i], one[0], rtol=1e-12)


# dead relu


def test_dead_network(told):
    x = np.array([-2.4, 1.2, -0.8, 1.1])
    z = np.full(SHAPES[0], 0.1) @ x
    assert z == pytest.approx([-0.09] * 3)
    forward = dict(table(told["dead-relu"], "forward pass")["rows"])
    assert forward["z1"] == "-0.09, -0.09, -0.09"
    assert {forward[name] for name in ("a1", "z2", "a2", "z3")} == {"0, 0, 0", "0, 0"}
    assert forward["p"] == "0.5, 0.5"
    assert told["dead-relu"].to_dict()["value"] == pytest.approx(math.log(2))


def test_nothing_is_ever_learned(told):
    gradients = told["dead-relu"].to_dict()["gradients"]
    assert all(not np.any(gradients[name]) for name in ("W1", "W2", "W3"))
    assert np.abs(gradients["z3"]) == pytest.approx([0.5, 0.5])
    rows = {row[0]: row[1:] for row in table(told["dead-relu"], "gradient descent")["rows"]}
    before, after, moved = rows["equal weights, ReLU"]
    assert before == after == pytest.approx(math.log(2))
    assert moved == 0
    assert rows["random weights, leaky ReLU"][1] < 0.01


def test_a_living_input_is_not_called_dead():
    report = gallery.get("dead-relu").work({"x1": 2.4})
    assert np.any(report.to_dict()["gradients"]["W3"])
    assert "Every gradient is 0" not in " ".join(str(report).split())


# linear collapse


def test_layers_equal_one_affine_map(told):
    layers = random_layers(0)
    (W1, b1), (W2, b2), (W3, b3) = layers
    W, b = collapsed(layers)
    np.testing.assert_allclose(W, W3 @ W2 @ W1, rtol=1e-12)
    np.testing.assert_allclose(b, W3 @ (W2 @ b1 + b2) + b3, rtol=1e-12)
    x = np.random.default_rng(7).normal(size=3)
    deep = W3 @ (W2 @ (W1 @ x + b1) + b2) + b3
    np.testing.assert_allclose(W @ x + b, deep, atol=1e-12)
    rows = table(told["linear-collapse"], "one affine map")["rows"]
    np.testing.assert_allclose([row[1:] for row in rows], np.column_stack([W, b]))


def test_the_differences_shown(told):
    rows = [row[1] for row in table(told["linear-collapse"], "random inputs")["rows"]]
    assert rows[0] < 1e-12
    assert rows[1] < 1e-12
    assert rows[2] > 1e-3


def test_the_slope_is_the_product_of_the_weights(told):
    for x in (0.5, -40.0):
        report = gallery.get("linear-collapse").work({"x": x})
        assert report.to_dict()["gradients"]["x"] == 2 * -3 * 0.25


# zero init


@pytest.mark.parametrize("gate", ["OR", "XOR"])
@pytest.mark.parametrize("value", [0.0, 0.5, -1.25])
def test_equal_neurons_stay_equal_to_the_last_bit(gate, value):
    equal = [np.full(shape, value) for shape in ((1, 3, 2), (1, 3), (1, 3), (1,))]
    last, _ = train(TwoLayers(TARGETS[gate]), equal, 2.0, 200)
    assert spread(last) == 0.0
    W, b, v, _ = last
    assert len({W[0, h].tobytes() + b[0, h].tobytes() + v[0, h].tobytes() for h in range(3)}) == 1


def test_random_weights_break_the_symmetry(told):
    for task, start_, difference, verdict in table(told["zero-init"], "2-3-1")["rows"]:
        assert (difference > 0.1) if start_.startswith("uniform") else (difference == 0)
        if task == "XOR":
            assert (verdict == "4 of 4") == start_.startswith("uniform")
    gradients = told["zero-init"].to_dict()["gradients"]
    assert gradients["w1"] == gradients["w3"] != 0
    assert gradients["w2"] == gradients["w4"] != 0


def test_one_weight_set_apart_breaks_it_too():
    gradients = gallery.get("zero-init").work({"w3": 0.6, "steps": 1}).to_dict()["gradients"]
    assert gradients["w1"] != gradients["w3"]


# approximate


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_error_falls_as_the_layer_widens(name, engine):
    functions = {
        "sin": math.sin,
        "|x|": abs,
        "smoothed step": lambda x: 0 if x < -0.2 else 1 if x > 0.2 else _cubic((x + 0.2) / 0.4),
    }
    _, low, high = FUNCTIONS[name]
    points = [low + (high - low) * i / 997 for i in range(998)]
    worst, mean = [], []
    for net in trained_networks(name, engine):
        errors = [abs(functions[name](x) - _by_hand(net, x)) for x in points]
        worst.append(max(errors))
        mean.append(sum(error**2 for error in errors))
    assert len(worst) == len(WIDTHS)
    assert worst[-1] < 0.02 < worst[0]
    assert worst[1] < worst[0]
    assert worst[3] < worst[1]
    assert all(after < 1.1 * before for before, after in itertools.pairwise(mean))


def _cubic(t):
    return 3 * t**2 - 2 * t**3


def _by_hand(net, x):
    neurons = zip(net.a, net.b, net.c, strict=True)
    return sum(c * 0.5 * (1 + math.tanh((a * x + b) / 2)) for a, b, c in neurons) + float(net.d)


def test_the_width_that_is_enough(told):
    rows = table(told["approximate"], "largest error")["rows"]
    text = " ".join(str(told["approximate"]).split())
    for column, name in enumerate(FUNCTIONS, start=1):
        enough = next(row[0] for row in rows if row[column] < 0.02)
        assert f"{name} by width {enough}" in text


def test_a_plot_of_every_curve(told):
    plots = [b for b in told["approximate"].to_dict()["report"] if b["kind"] == "plot"]
    assert [one["name"] for one in plots[0]["series"]] == list(FUNCTIONS)
    for one in (curve for plot in plots for curve in plot["series"]):
        assert len(one["x"]) == len(one["y"]) > 1


# softmax


def test_softmax_over_the_layer():
    found = gallery.get("neuron-softmax").work().to_dict()
    z = [0.2 * 0.001 + -1.3 * 0.01 + 2 * -0.005 + 0.01 * -1.2, 0.5, -0.25]
    shares = [math.exp(one) / sum(map(math.exp, z)) for one in z]
    nodes = {node["name"]: node for node in found["nodes"]}
    assert nodes["z1"]["value"] == pytest.approx(-0.0348)
    assert found["value"] == pytest.approx(-math.log(shares[0]))
    for i, (share, target) in enumerate(zip(shares, (1, 0, 0), strict=True), start=1):
        assert nodes[f"p{i}"]["value"] == pytest.approx(share)
        assert found["gradients"][f"z{i}"] == pytest.approx(share - target)


# what runs the steps


@pytest.mark.parametrize("name", ["xor", "dead-relu", "zero-init"])
def test_both_engines_print_the_same(told, name):
    assert str(gallery.get(name).work(engine="reference")) == str(told[name])


def test_an_engine_that_does_not_exist():
    with pytest.raises(UnknownNameError, match="engine"):
        gallery.get("dead-relu").work(engine="steam")


# the engine


@pytest.mark.parametrize("name", gallery.names())
def test_examples_that_train_say_so(name, monkeypatch):
    class LoadedError(Exception):
        pass

    def load(*_):
        raise LoadedError

    monkeypatch.setattr("chainrule.engine.compiled_evaluator.CompiledEvaluator", load)
    example = gallery.get(name)
    if example.trains:
        with pytest.raises(LoadedError):
            example.work()
    else:
        example.work()
