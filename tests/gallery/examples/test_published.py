"""The gallery against numbers computed independently, and against the digits of the notes."""

import json
from pathlib import Path

import pytest

from chainrule import gallery

EXACT = json.loads(Path(__file__).with_name("worked_examples.json").read_text("utf-8"))

CLOSE = {"rel": 1e-13, "abs": 1e-15}


def derivation(name, **options):
    return gallery.get(name).work(**options).to_dict()


@pytest.mark.parametrize("name", EXACT)
def test_exact_values(name):
    exact, found = EXACT[name], derivation(name)
    nodes = {node["name"]: node for node in found["nodes"]}
    assert found["output"] == exact["output"]
    assert set(nodes) == set(exact["inputs"]) | set(exact["values"])
    for node, value in {**exact["inputs"], **exact["values"]}.items():
        assert nodes[node]["value"] == pytest.approx(value, **CLOSE), node
    assert found["value"] == pytest.approx(exact["values"][exact["output"]], **CLOSE)


@pytest.mark.parametrize("name", EXACT)
def test_exact_gradients(name):
    exact, found = EXACT[name], derivation(name)
    assert set(found["gradients"]) == set(exact["gradients"])
    for node, gradient in exact["gradients"].items():
        assert found["gradients"][node] == pytest.approx(gradient, **CLOSE), node
    for node in found["nodes"]:
        parts = [part["product"] for part in node["contributions"]]
        if node["name"] != found["output"]:
            assert sum(parts) == pytest.approx(exact["gradients"][node["name"]], **CLOSE)


@pytest.mark.parametrize(
    ("name", "rate"),
    [(name, rate) for name in EXACT for rate in EXACT[name].get("updates", {})],
)
def test_exact_updates(name, rate):
    found = derivation(name, learning_rate=float(rate))["updates"]
    exact = EXACT[name]["updates"][rate]
    assert set(found) == set(exact)
    for parameter, new in exact.items():
        assert found[parameter]["new"] == pytest.approx(new, **CLOSE)
        assert found[parameter]["old"] == EXACT[name]["inputs"][parameter]
        assert found[parameter]["learning_rate"] == float(rate)


def test_the_networks_update_everything_without_being_asked():
    assert set(derivation("two-two-two")["updates"]) == set(EXACT["two-two-two"]["updates"]["0.5"])
    assert derivation("two-two-two")["updates"]["w5"]["learning_rate"] == 0.5


def test_both_learning_rates_of_two_two_one_are_shown():
    tables = [b for b in derivation("two-two-one")["report"] if b["kind"] == "table"]
    rates = next(table for table in tables if "0.0001" in table["caption"])
    slow, fast = (EXACT["two-two-one"]["updates"][rate] for rate in ("0.0001", "1.0"))
    assert len(rates["rows"]) == 8
    for name, old, gradient, after_slow, after_fast in rates["rows"]:
        assert old == EXACT["two-two-one"]["inputs"][name]
        assert gradient == pytest.approx(EXACT["two-two-one"]["gradients"][name], **CLOSE)
        assert after_slow == pytest.approx(slow[name], **CLOSE)
        assert after_fast == pytest.approx(fast[name], **CLOSE)


# as printed in the notes: a number and as many places as stand there
PUBLISHED = {
    "add-multiply": {"f": (-12, 0), "∂x": (-4, 0), "∂y": (-4, 0), "∂z": (3, 0)},
    "multiply-add": {"f": (-22, 0), "∂x": (1, 0), "∂y": (-4, 0), "∂z": (5, 0)},
    "sigmoid-circuit": {
        "f8": (0.731, 3),
        "∂w0": (-0.197, 3),
        "∂x0": (0.393, 3),
        "∂w1": (-0.393, 3),
        "∂x1": (-0.590, 3),
        "∂w2": (0.197, 3),
    },
    "max-gate": {"f4": (-20, 0), "∂x": (-8, 0), "∂y": (6, 0), "∂z": (2, 0), "∂w": (0, 0)},
    "neuron-softmax": {"z1": (-0.0348, 9)},
    "two-two-two": {
        "E_total": (0.298371109, 9),
        "∂w5": (0.082167041, 9),
        "∂w1": (0.000438568, 9),
    },
    "two-two-one": {
        "∂w1": (0.00067, 5),
        "∂w2": (0.00134, 5),
        "∂w3": (0.00075, 5),
        "∂w4": (0.00150, 5),
        "∂w5": (0.0822, 4),
        "∂w6": (0.0827, 4),
        "∂b1": (0.0284, 4),
        "∂b2": (0.1385, 4),
    },
    "vanishing-chain": {
        "f9": (0.0917, 4),
        "∂f6": (-0.428, 3),
        "∂f1": (-0.0015, 4),
        "∂x": (-0.00075, 5),
    },
    "exploding-chain": {"f9": (7688, 0), "∂f6": (124, 0), "∂f4": (620, 0), "∂f2": (3100, 0)},
}


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for name, digits in PUBLISHED.items() for what in digits]
)
def test_published_digits(name, what):
    found = derivation(name)
    digits, places = PUBLISHED[name][what]
    node = next(node for node in found["nodes"] if node["name"] == what.lstrip("∂"))
    number = node["gradient"] if what.startswith("∂") else node["value"]
    assert round(number, places) == pytest.approx(digits, abs=1e-12)


def contributions(name, node):
    found = next(n for n in derivation(name)["nodes"] if n["name"] == node)["contributions"]
    return {part["via"]: part["product"] for part in found}


def test_the_fork_at_out_h1_is_itemised():
    parts = contributions("two-two-two", "out_h1")
    assert {via: round(part, 9) for via, part in parts.items()} == {
        "net_o1": 0.055399425,
        "net_o2": -0.019049118,
    }
    text = str(gallery.get("two-two-two").work())
    assert "0.055399425 + (-0.019049118) = 0.036350306" in text


def test_the_shared_bias_is_itemised():
    parts = contributions("two-two-one", "b1")
    assert {via: round(part, 4) for via, part in parts.items()} == {"z_h1": 0.0134, "z_h2": 0.0150}
    assert "0.013367920 comes through h1 and 0.014996075 through h2" in " ".join(
        str(gallery.get("two-two-one").work()).split()
    )


def test_published_updates_of_two_two_two():
    text = str(gallery.get("two-two-two").work())
    assert "w5⁺ = 0.4 - 0.5 · 0.082167041 = 0.358916480 " in text
    assert "w1⁺ = 0.15 - 0.5 · 0.000438568 = 0.149780716 " in text
    assert "w7⁺ = 0.5 - 0.5 · (-0.022602540) = 0.511301270   slope negative: w7 rises" in text


SCALARS = {
    "w1": ("layers.0.weight", 0, 0),
    "w2": ("layers.0.weight", 0, 1),
    "w3": ("layers.0.weight", 1, 0),
    "w4": ("layers.0.weight", 1, 1),
    "w5": ("layers.2.weight", 0, 0),
    "w6": ("layers.2.weight", 0, 1),
    "w7": ("layers.2.weight", 1, 0),
    "w8": ("layers.2.weight", 1, 1),
    "b1": ("layers.0.bias", 0),
    "b2": ("layers.2.bias", 0),
}


@pytest.mark.parametrize("name", ["two-two-two", "two-two-one"])
def test_layers_give_identical_digits(name):
    by_hand, by_layers = derivation(name), derivation(f"{name}-nn", learning_rate=0.5)
    assert by_layers["value"] == pytest.approx(by_hand["value"], **CLOSE)
    assert by_layers["output"] == by_hand["output"]
    for scalar, (parameter, *index) in SCALARS.items():
        if scalar not in by_hand["gradients"]:
            continue
        found = by_layers["gradients"][parameter]
        for i in index:
            found = found[i]
        # a matrix product may fuse a multiplication and an addition: the last bit is the machine's
        assert found == pytest.approx(by_hand["gradients"][scalar], **CLOSE)
        assert f"{found:.12f}" == f"{by_hand['gradients'][scalar]:.12f}"
        exact = EXACT[name]["inputs"][scalar] - 0.5 * EXACT[name]["gradients"][scalar]
        entry = f"{parameter}[{', '.join(map(str, index))}]"
        assert by_layers["updates"][entry]["new"] == pytest.approx(exact, **CLOSE)


@pytest.mark.parametrize("name", ["two-two-two", "two-two-one"])
def test_the_agreement_is_shown(name):
    tables = [block for block in derivation(name)["report"] if block["kind"] == "table"]
    rows = tables[-1]["rows"]
    assert [row[0] for row in rows] == [n for n in SCALARS if n in EXACT[name]["inputs"]]
    for scalar, _, by_hand, by_layers in rows:
        assert by_hand == pytest.approx(by_layers, **CLOSE)
        assert by_hand == pytest.approx(EXACT[name]["gradients"][scalar], **CLOSE)
    value = f"{EXACT[name]['values'][EXACT[name]['output']]:.9f}"
    text = " ".join(str(gallery.get(name).work()).split())
    assert f"is {value} by hand and {value} by layers" in text


def test_the_sigmoid_circuit_as_one_gate_has_the_same_gradients():
    found = derivation("sigmoid-circuit")
    short = next(block for block in found["report"] if block["kind"] == "derivation")
    assert short["output"] == "f"
    assert [node["op"] for node in short["nodes"]][-1] == "sigmoid"
    for name in EXACT["sigmoid-circuit"]["inputs"]:
        exact = EXACT["sigmoid-circuit"]["gradients"][name]
        assert short["gradients"][name] == pytest.approx(exact, **CLOSE)
        assert found["gradients"][name] == pytest.approx(exact, **CLOSE)


def test_a_tie_at_the_max_gate_says_what_was_chosen():
    report = gallery.get("max-gate").work({"w": 2})
    gradients = report.to_dict()["gradients"]
    assert gradients["z"] == gradients["w"] == 1.0  # half of 2 each
    for text in (str(report), str(gallery.get("max-gate").work())):
        assert "each operand of max is given half of the gradient" in " ".join(text.split())


def test_each_sigmoid_takes_at_least_three_quarters():
    tables = [b for b in derivation("vanishing-chain")["report"] if b["kind"] == "table"]
    slopes = [row[1] for row in tables[0]["rows"]]
    values = EXACT["vanishing-chain"]["values"]
    assert slopes == pytest.approx([values[f] * (1 - values[f]) for f in ("f6", "f4", "f2")])
    assert all(0 < slope <= 0.25 for slope in slopes)
