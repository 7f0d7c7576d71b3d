"""Networks whose gradient flows, for tests of its parts and of its forms."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

import chainrule as cr
from chainrule import gallery
from chainrule.explain import Flow, flow, read

ACTIVATIONS = (cr.relu, cr.tanh, cr.sigmoid, cr.softplus, lambda z: cr.leaky_relu(z, 0.1))


def network(seed: int, widths, activation=cr.tanh, batch: int | None = None, bias: bool = True):
    """The loss of a network of arrays, its layers named z1, a1, z2, … or only a1, a2, …"""
    random = np.random.default_rng(seed)
    a = random.normal(size=widths[0] if batch is None else (batch, widths[0]))
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        w = cr.variable(random.normal(size=(after, before)) / before**0.5, f"w{i}")
        z = a @ cr.transpose(w)
        if bias:
            z = z + cr.variable(random.normal(size=after) / 5, f"b{i}")
        a = activation(z.named(f"z{i}")).named(f"a{i}")
    return cr.square(a - 0.3).sum().named("loss")


def gallery_chain(name: str) -> Flow:
    """The flow of an example of the gallery, down to its input x."""
    example = gallery.get(name)
    return flow(read(example.expression, example.inputs), inputs=["x"])


def recurrent(given, inputs, names=True):
    """tanh(W h + U x) over the inputs; with a list of W, one for each step."""
    w, u, h = given["W"], given["U"], np.zeros(3)
    for t, x in enumerate(inputs):
        own = w[t] if isinstance(w, list) else w
        h = cr.tanh(own @ h + u @ x)
        h = h.named(f"h{t + 1}") if names else h
    return cr.square(h).sum().named("loss")


networks = st.tuples(
    st.integers(0, 10_000),
    st.lists(st.integers(1, 4), min_size=2, max_size=5),
    st.sampled_from(ACTIVATIONS),
    st.one_of(st.none(), st.integers(1, 3)),
    st.booleans(),
)
