"""Shared by tests of trees: models of several inputs and outputs, and their data."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule import nn

ROWS = 23
RNG = np.random.default_rng(3)
IMAGE, AGE = RNG.normal(size=(ROWS, 3)), RNG.normal(size=(ROWS, 2))
TOKENS = RNG.integers(0, 5, ROWS)
LABELS = np.arange(ROWS) % 3
TREE = {"image": IMAGE, "age": (AGE,)}
JOINED = np.concatenate([AGE, IMAGE], axis=1)


class Merged(nn.Layer):
    """Joins its inputs, then applies an MLP to them: the same as the MLP on joined columns."""

    def __init__(self, dtype=np.float64, **options) -> None:
        self.inner = nn.mlp(5, (6,), 3, seed=2, dtype=dtype, **options)
        super().__init__(children={"inner": self.inner})

    def apply(self, scope, x):
        joined = cr.concatenate([x["age"][0], x["image"]], axis=1)
        return self.inner.apply(scope.child("inner"), joined)


class Single(nn.Layer):
    """`Merged` for columns that have been joined before, with the same names of parameters."""

    def __init__(self, dtype=np.float64, **options) -> None:
        self.inner = nn.mlp(5, (6,), 3, seed=2, dtype=dtype, **options)
        super().__init__(children={"inner": self.inner})

    def apply(self, scope, x):
        return self.inner.apply(scope.child("inner"), x)


class Embedding(nn.Layer):
    """A row of a table for each index."""

    accepts = "integers"

    def __init__(self, rows: int = 5, width: int = 2) -> None:
        slots = {"table": nn.Slot((rows, width), nn.initialiser("normal"))}
        super().__init__(slots=slots, seed=1)

    def apply(self, scope, x):
        return scope["table"][x]


class Tokens(nn.Layer):
    """Integers and floats: a row of a table for each token, added to a Linear layer."""

    def __init__(self) -> None:
        self.table, self.linear = Embedding(), nn.Linear(3, 2, seed=3)
        super().__init__(children={"table": self.table, "linear": self.linear})

    def apply(self, scope, x):
        rows = self.table.apply(scope.child("table"), x["tokens"])
        return rows + self.linear.apply(scope.child("linear"), x["image"])


class Heads(nn.Layer):
    """One input, two outputs in a dict."""

    def __init__(self) -> None:
        self.body = nn.Linear(5, 4, seed=1)
        self.heads = {"kind": nn.Linear(4, 3, seed=2), "size": nn.Linear(4, 1, seed=3)}
        super().__init__(children={"body": self.body, **self.heads})

    def apply(self, scope, x):
        h = cr.tanh(self.body.apply(scope.child("body"), x))
        return {name: layer.apply(scope.child(name), h) for name, layer in self.heads.items()}
