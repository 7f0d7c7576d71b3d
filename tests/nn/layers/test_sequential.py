"""The names that layers in a model give to their outputs."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule import nn

X = np.random.default_rng(1).normal(size=(5, 4))


def test_the_output_of_each_layer_is_named():
    model = nn.mlp(2, (3, 3), 2, batch_norm=True, dropout=0.5, activation="tanh")
    loss = cr.sum(model(X[:, :2], training=True))
    names = [node.name for node in loss.graph().nodes if node.primitive and node.name]
    assert names == ["z1", "n1", "a1", "d1", "z2", "n2", "a2", "d2", "z3"]


def test_dropout_in_evaluation_does_not_rename_its_input():
    y = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Dropout(0.5), nn.Identity())(X)
    assert y.name == "a1"


def test_numbering_continues_inside_blocks():
    block = nn.Residual(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
    model = nn.Sequential(nn.Linear(4, 4), block, nn.Linear(4, 1))
    names = [n.name for n in model(X).graph().nodes if n.primitive and n.name]
    assert names == ["z1", "z2", "a2", "r2", "z3"]


def test_a_layer_may_have_a_name_of_its_own():
    model = nn.Sequential(nn.Linear(4, 3, name="net_h"), nn.Sigmoid(name="out_h"))
    names = [n.name for n in model(X).graph().nodes if n.primitive and n.name]
    assert names == ["net_h", "out_h"]
    assert nn.Linear(4, 3, name="net_o")(X).name == "net_o"
    assert nn.Linear(4, 3)(X).name is None
    assert nn.Identity(name="nothing")(cr.variable(X, "x")).name == "x"


def test_the_scope_records_the_outputs_of_layers():
    model = nn.Sequential(nn.Linear(4, 3), nn.Residual(nn.Tanh()))
    scope = model.scope()
    y = model.apply(scope, cr.variable(X))
    assert list(scope.outputs) == ["layers.0", "layers.1.inner", "layers.1"]
    assert scope.outputs["layers.1"] is y
