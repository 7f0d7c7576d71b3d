"""An explanation of a record of millions of edges: bounded in lines and seconds, and it adds up."""

from __future__ import annotations

import importlib
import math
import time

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError
from chainrule.explain.derivation.budget import MAX_LINES, MAX_NUMBERS
from chainrule.explain.entries import EntryGraph, entries_named, few_jacobians, partition

jacobians = importlib.import_module("chainrule.explain.entries.jacobians")

DEPTH = 12


def image_network(named: bool, side: int = 16, depth: int = DEPTH) -> cr.Tensor:
    """Convolutions of 8 channels of 16 × 16 with shortcuts: 1.7 million edges from the first."""
    random = np.random.default_rng(0)
    h = cr.variable(random.normal(size=(1, 8, side, side)), "x")
    for i in range(depth):
        w = cr.variable(random.normal(size=(8, 8, 3, 3)) / 7, f"w{i}")
        h = h + cr.relu(cr.convolution(h, w, padding=1))
        h = h.named(f"h{i}") if named else h
    return cr.mean(h**2).named("loss")


WRT = "w0[1, 2, 0, 1]"


@pytest.fixture(scope="module", params=[True, False], ids=["names", "gates"])
def loss(request) -> cr.Tensor:
    return image_network(request.param)


@pytest.fixture(scope="module")
def story(loss):
    return cr.explain(loss, wrt=WRT, paths=4)


def test_it_is_bounded(loss):
    begun = time.thread_time()
    explained = cr.explain(loss, wrt=WRT)
    text = str(explained)
    assert time.thread_time() - begun < 6
    assert len(text.splitlines()) < 1.6 * MAX_LINES
    assert max(map(len, text.splitlines())) <= 80
    derivation = explained.derivation
    every = len(derivation.forward) + derivation.unlisted
    assert derivation.unlisted > 0
    assert text.count(f"{len(derivation.forward)} largest of {every:,}") == 2
    names = [step.name for step in derivation.forward]
    assert WRT in names
    assert "loss" in names


def test_totals_add_up(loss, story):
    gradients = {name: found.value for name, found in loss.gradients().items()}
    derivation = story.derivation
    for step in derivation.backward:
        if step.name != "loss":
            total = math.fsum([*(c.product for c in step.contributions), step.rest])
            assert total == pytest.approx(step.gradient, rel=1e-12, abs=1e-15)
            assert all(c.product == c.local.value * c.upstream for c in step.contributions)
    (chain,) = derivation.chains
    assert chain.gradient == pytest.approx(gradients["w0"][1, 2, 0, 1], rel=1e-12)
    total = math.fsum([*(product.value for product in chain.products), chain.rest])
    assert total == pytest.approx(chain.gradient, rel=1e-12)
    for product in chain.products:
        found = math.prod(factor.value for factor in product.factors)
        assert found == pytest.approx(product.value, rel=1e-9)


def test_in_full_everything_is_there(monkeypatch):
    loss = image_network(named=True, side=6, depth=5)
    whole = cr.explain(loss, wrt=WRT, paths=4, full=True)
    monkeypatch.setattr(jacobians, "MAX_EDGES", 2000)
    some, every = cr.explain(loss, wrt=WRT, paths=4).derivation, whole.derivation
    assert every.unlisted == 0
    assert len(every.forward) == len(some.forward) + some.unlisted
    full = {step.name: step for step in every.forward}
    for step in some.forward:
        assert step.value == full[step.name].value
        assert str(step.formula) == str(full[step.name].formula)
    gradients = {step.name: step for step in every.backward}
    for step in some.backward:
        assert step.gradient == pytest.approx(gradients[step.name].gradient, rel=1e-12)
        assert step.omitted == gradients[step.name].omitted
    assert {"x", *(f"w{i}" for i in range(5))} <= every.gradients.keys()
    (shown,), (all_,) = some.chains, every.chains
    assert all_.complete
    assert not shown.complete
    assert shown.count < all_.count
    assert abs(shown.products[0].value) <= abs(all_.products[0].value) * (1 + 1e-9)
    assert "complete" not in whole.to_dict()["paths"][WRT]
    assert "steps" not in whole.to_dict()


def test_json_is_bounded_too(story):
    data = story.to_dict()
    listed = len(data["nodes"])
    assert data["steps"] == {"listed": listed, "of": listed + story.derivation.unlisted}
    assert data["paths"][WRT]["complete"] is False
    numbers = sum(np.size(found) for found in data["gradients"].values())
    assert numbers <= MAX_NUMBERS + 1
    assert "w0" in data["gradients"]


def test_every_form_is_written(story):
    paths = "paths than are counted"
    assert paths in " ".join(str(story).split())
    assert paths in story.to_latex().replace("\n", " ")
    assert paths in story._repr_html_()
    assert paths in story.to_html()
    assert "largest of" in story._repr_html_()
    assert story.to_svg().startswith("<svg")


def test_only_what_leads_to_the_entry_is_differentiated(loss):
    explained = cr.explain(loss, wrt=f"w{DEPTH - 1}[0, 0, 1, 1]")
    gradients = explained.to_dict()["gradients"]
    assert f"w{DEPTH - 1}" in gradients
    assert not {"x", "w0", f"w{DEPTH - 2}"} & gradients.keys()


def test_an_entry_between_is_explained_next_to_one_before_it(loss):
    behind = f"w{DEPTH - 1}[0, 0, 1, 1]"
    chains = cr.explain(loss, wrt=[behind, WRT]).derivation.chains
    gradients = loss.gradients()
    found = [chain.gradient for chain in chains]
    expected = [gradients[f"w{DEPTH - 1}"].value[0, 0, 1, 1], gradients["w0"].value[1, 2, 0, 1]]
    assert found == pytest.approx(expected, rel=1e-12)


def test_an_update_of_what_was_not_asked_about_has_its_gradient(loss):
    found = cr.explain(loss, wrt=WRT, learning_rate=0.1, parameters=["w3[0, 0, 0, 0]"])
    (update,) = found.derivation.updates
    assert update.gradient == pytest.approx(loss.gradients()["w3"].value[0, 0, 0, 0], rel=1e-12)


@pytest.mark.parametrize("resolution", ["names", "gates"])
def test_edges_that_are_read_one_by_one_are_those_of_the_whole(resolution, monkeypatch):
    loss = image_network(named=True, side=5, depth=3)
    graph = cr.Graph.of([loss.node])
    wanted = entries_named(graph, WRT)
    every = EntryGraph(graph, resolution, wanted, full=True)
    monkeypatch.setattr(jacobians, "MAX_EDGES", 100)
    some = EntryGraph(graph, resolution, wanted)
    assert (some.complete, every.complete) == (False, True)
    reached = dict.fromkeys(wanted)
    for entry in reached.copy():
        reached |= dict.fromkeys(edge.consumer for edge in every.edges(entry))
    for entry in [*reached, *(e.consumer for one in reached for e in every.edges(one))]:
        assert some.edges(entry) == every.edges(entry)


def test_too_many_edges_are_noticed_before_they_are_read(loss):
    graph = cr.Graph.of([loss.node])
    subgraphs, output = partition(graph, "names"), graph.outputs[0]
    wanted = {wanted.node: np.array([7]) for wanted in entries_named(graph, "w0")[:1]}
    assert few_jacobians(subgraphs, output, wanted, most=1000) is None
    last = {entries_named(graph, f"w{DEPTH - 1}")[0].node: np.array([7])}
    assert few_jacobians(subgraphs, output, last) is not None


def test_the_flow_of_an_entry_along_too_many_edges_is_refused_with_a_way_on(loss):
    with pytest.raises(OptionError, match=r"at most 1,000,000 edges.*leave wrt out.*--full"):
        cr.flow(loss, wrt=WRT)
    assert cr.flow(loss).layers
    (entry,) = cr.flow(loss, wrt=f"w{DEPTH - 1}[0, 0, 1, 1]").entries
    assert entry.gradient == pytest.approx(
        loss.gradients()[f"w{DEPTH - 1}"].value[0, 0, 1, 1], rel=1e-9
    )
