"""One object of every kind that the public functions give."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule as cr
from chainrule import gallery

__all__ = ["explanations", "network", "objects"]


def network(rows: int = 1, inputs: int = 8) -> cr.Tensor:
    """The loss of a small network with names for all between."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, inputs))
    w1, b1, w2 = cr.variables(
        w1=rng.normal(size=(inputs, 3)), b1=np.zeros(3), w2=rng.normal(size=(3, 2))
    )
    z = (cr.matmul(x, w1) + b1).named("z")
    a = cr.relu(z).named("a")
    return cr.mean(cr.square(cr.matmul(a, w2))).named("loss")


def explanations() -> dict[str, Any]:
    """Explanations and flows by the calls that give them; together they have every key."""
    x, y, w = cr.variables(x=2.0, y=2.0, w=0.5)
    tie = (cr.maximum(x, y) * y).named("f")
    twice = (w * (w * x).named("h1")).named("h2")
    return {
        "explain(…)": cr.explain(tie, learning_rate=0.1),
        "explain(…, paths=…)": cr.explain(network(), "w1[0, 1]", paths=2),
        "explain(…), long sums": cr.explain(network(inputs=40), "w1[0, 1]", steps="names"),
        "explain(…), many uses": cr.explain(network(rows=64), "w1[0, 1]", steps="names"),
        "flow(…)": cr.flow(network(rows=2), "w1[0, 1]", steps="names"),
        "flow(…), of a weight used twice": cr.flow(twice, "w", steps="names"),
    }


def objects() -> dict[str, Any]:
    """Objects by the calls that give them, and what stands in them."""
    shown = explanations()
    derivation = shown["explain(…)"].derivation
    ranked = shown["explain(…, paths=…)"].derivation
    (step, *_) = [step for step in derivation.forward if step.locals]
    (back, *_) = [step for step in derivation.backward if step.contributions]
    flow, (uses,) = shown["flow(…)"], shown["flow(…), of a weight used twice"].entries
    model = cr.nn.mlp(2, (3,), 2, batch_norm=True, seed=1)
    rng = np.random.default_rng(0)
    data = rng.normal(size=(40, 2))
    fitted = cr.fit(model, (data, (data[:, 0] > 0).astype(int)), epochs=1, engine="reference")
    numbers = cr.fit(cr.nn.mlp(2, (), 1), (data, data @ [1, 2]), epochs=1, engine="reference")
    report = gallery.get("gates").work()
    loss = network()
    return {
        "chainrule.explain(…)": shown["explain(…)"],
        "chainrule.explain(…).derivation": derivation,
        "chainrule.explain(…).derivation.forward[…]": step,
        "chainrule.explain(…).derivation.forward[…].locals[…]": step.locals[0],
        "chainrule.explain(…).derivation.backward[…]": back,
        "chainrule.explain(…).derivation.backward[…].contributions[…]": back.contributions[0],
        "chainrule.explain(…).derivation.updates[…]": derivation.updates[0],
        "chainrule.explain(…).derivation.chains[…]": ranked.chains[0],
        "chainrule.explain(…).derivation.chains[…].products[…]": ranked.chains[0].products[0],
        "chainrule.explain(…).derivation.chains[…].products[…].factors[…]": (
            ranked.chains[0].products[0].factors[0]
        ),
        "chainrule.flow(…)": flow,
        "chainrule.flow(…).layers[…]": flow.layers[0],
        "chainrule.flow(…).layers[…].steps[…]": flow.layers[0].steps[0],
        "chainrule.flow(…).entries[…]": flow.entries[0],
        "chainrule.flow(…).entries[…].levels[…]": flow.entries[0].levels[0],
        "chainrule.flow(…).entries[…].levels[…].neurons[…]": flow.entries[0].levels[0].neurons[0],
        "chainrule.flow(…).entries[…].uses[…]": uses.uses[0],
        "chainrule.fit(…)": fitted,
        "chainrule.fit(…).model": fitted.model,
        "chainrule.fit(…).history": fitted.history,
        "chainrule.fit(…).history[…]": fitted.history[0],
        "chainrule.fit(…).report": fitted.report,
        "chainrule.fit(…).report.train": fitted.report.train,
        "chainrule.fit(…).report.confusion": fitted.report.confusion,
        "chainrule.fit(…).report.residuals": numbers.report.residuals,
        "chainrule.variable(…)": cr.variable(1.0, name="x"),
        "chainrule.trace(…)": cr.trace(cr.sin, cr.Spec((), np.dtype(float))),
        "chainrule.variable(…).gradients()": loss.gradients(),
        "chainrule.gallery.get(…)": gallery.get("gates"),
        "chainrule.gallery.get(…).work(…)": report,
        "chainrule.ChainruleError(…)": cr.ChainruleError("here", expected="this", got="that"),
    }
