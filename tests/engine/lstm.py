"""A cell with gates, written by hand: the slices of one product are gates, and become a state."""

from __future__ import annotations

from typing import Any

import chainrule as cr


def lstm_cell(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> tuple[cr.Tensor, cr.Tensor]:
    """The next state (h', c') of a cell.

    z = x·Wᵀ + h·Uᵀ + b;  i, f, g, o = z in four slices
    c' = σ(f)·c + σ(i)·tanh(g);  h' = σ(o)·tanh(c')

    Hochreiter and Schmidhuber, "Long short-term memory", 1997.
    """
    z = x @ W.T + h @ U.T + b
    n = h.shape[1]
    i, f, g, o = (z[:, k * n : (k + 1) * n] for k in range(4))
    c = cr.sigmoid(f) * c + cr.sigmoid(i) * cr.tanh(g)
    return cr.sigmoid(o) * cr.tanh(c), c
