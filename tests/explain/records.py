"""Records of arrays of many kinds, for tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

import chainrule as cr
from chainrule.ops.losses import cross_entropy
from chainrule.ops.tensor import constant


def recorded(random: np.random.Generator, widths: tuple[int, ...], batch: int | None) -> cr.Tensor:
    """The outputs of a network of linear layers and ReLU, every layer named."""
    x = random.normal(size=widths[0] if batch is None else (batch, widths[0]))
    x = constant(x).named("x")
    last = len(widths) - 1
    for i, (before, after) in enumerate(pairwise(widths), start=1):
        w = cr.variable(random.normal(size=(after, before)) / before**0.5, f"w{i}")
        b = cr.variable(random.normal(size=after) / 10, f"b{i}")
        x = (x @ cr.transpose(w) + b).named(f"z{i}")
        x = cr.relu(x).named(f"a{i}") if i < last else x
    return x


def one_row(random: np.random.Generator) -> cr.Tensor:
    return cross_entropy(recorded(random, (4, 5, 3), None), 1).named("loss")


def rows(random: np.random.Generator) -> cr.Tensor:
    return cross_entropy(recorded(random, (3, 4, 4, 3), 3), [0, 2, 1]).named("loss")


def normalised(random: np.random.Generator) -> cr.Tensor:
    """Every row of a column depends on all rows."""
    z = recorded(random, (3, 4), 5)
    n = ((z - cr.mean(z, 0)) / cr.sqrt(cr.var(z, 0) + 0.1)).named("n")
    gain = cr.variable(random.normal(size=4), "gain")
    return cr.mean(cr.tanh(n * gain).named("a") ** 2).named("loss")


def attention(random: np.random.Generator) -> cr.Tensor:
    """Products of variables, softmax of rows, batches of matrices."""
    q, k, v = (cr.variable(random.normal(size=(2, 3, 2)), name) for name in "qkv")
    weights = cr.softmax(cr.matmul(q, cr.swapaxes(k, 1, 2))).named("weights")
    return cr.square(cr.matmul(weights, v).named("mixed")).sum().named("loss")


def shared(random: np.random.Generator) -> cr.Tensor:
    """One weight with several uses: a recurrent network, and a value used twice at once."""
    w = cr.variable(random.normal(size=(3, 3)) / 2, "w")
    h = cr.variable(random.normal(size=3), "h0")
    for i in range(3):
        h = cr.tanh(w @ h + h * h).named(f"h{i + 1}")
    return cr.sum(h * h[::-1]).named("loss")


def indexed(random: np.random.Generator) -> cr.Tensor:
    """Rows of a table, some twice, concatenated, padded, summed cumulatively."""
    table = cr.variable(random.normal(size=(5, 2)), "table")
    rows = table[[3, 0, 3]].named("rows")
    both = cr.concatenate([rows, cr.pad(rows[1:], ((0, 1), (0, 0)))], axis=1)
    return cr.sum(cr.cumsum(both, 0) * random.normal(size=(3, 4))).named("loss")


def piecewise(random: np.random.Generator) -> cr.Tensor:
    """Maxima, conditions and clipping."""
    x = cr.variable(random.normal(size=(3, 4)), "x")
    top = cr.max(x, 1).named("top")
    y = cr.where(x > 0, x, 0.1 * x) + cr.clip(x, -0.5, 0.5) - cr.reshape(top, (3, 1))
    return cr.logsumexp(cr.maximum(y, cr.mean(y))).named("loss")


RECORDS: dict[str, Callable[[np.random.Generator], cr.Tensor]] = {
    record.__name__: record
    for record in (one_row, rows, normalised, attention, shared, indexed, piecewise)
}
