"""Steps on trees of inputs and targets, against the same steps on single arrays."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.trees import flatten_inputs, leaf_names
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train.optimizers import SGD
from chainrule.train.steps.data_rows import DataRows
from chainrule.train.steps.stepper import ENGINES, make_stepper
from train.tree_cases import (
    AGE,
    IMAGE,
    JOINED,
    LABELS,
    RNG,
    ROWS,
    TOKENS,
    TREE,
    Embedding,
    Heads,
    Merged,
    Single,
    Tokens,
)

BATCHES = [np.random.default_rng(i).permutation(ROWS)[:7] for i in range(5)]


@pytest.mark.parametrize("micro_batch", [None, 3])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_tree_of_inputs_trains_like_its_joined_columns(engine: str, micro_batch):
    options = {"batch_norm": True, "dropout": 0.2}
    found, expected = (
        make_stepper(
            model(**options), cross_entropy, SGD(0.1, 0.9), x, LABELS,
            engine=engine, micro_batch=micro_batch,
        )
        for model, x in ((Merged, TREE), (Single, JOINED))
    )  # fmt: skip
    losses = [stepper.run(BATCHES, 0.1) for stepper in (found, expected)]
    np.testing.assert_allclose(*losses, rtol=1e-12)
    np.testing.assert_allclose(found.parameters, expected.parameters, rtol=1e-11)
    np.testing.assert_allclose(found.predict(TREE), expected.predict(JOINED), rtol=1e-11)
    np.testing.assert_allclose(found.loss(TREE, LABELS), expected.loss(JOINED, LABELS), rtol=1e-11)
    assert found.output_shape == (3,)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_rows_of_a_tree_may_come_with_the_call(engine: str):
    whole, parts = (
        make_stepper(Merged(), cross_entropy, SGD(), TREE, LABELS, engine=engine) for _ in range(2)
    )
    whole.run(np.arange(20).reshape(5, 4), 0.1)
    for some in (slice(0, 12), slice(12, 20)):
        x = {"age": (AGE[some],), "image": IMAGE[some].tolist()}
        data = {"y": LABELS[some], "x": x}
        parts.run(np.arange(some.stop - some.start).reshape(-1, 4), 0.1, data)
    assert parts.state().to_bytes() == whole.state().to_bytes()
    with pytest.raises(ShapeError, match=r"training data x\.image: expected rows as of f64\[0,3\]"):
        parts.run([np.arange(4)], 0.1, {"x": {"age": (AGE,), "image": AGE}, "y": LABELS})
    with pytest.raises(ShapeError, match=r"training data x\.age\.0: expected .*got none"):
        parts.run([np.arange(4)], 0.1, {"x": {"age": AGE, "image": IMAGE}, "y": LABELS})


@pytest.mark.parametrize("engine", ENGINES)
def test_an_array_replaced_in_a_tree_is_read(engine: str):
    stepper = make_stepper(Merged(), cross_entropy, SGD(), TREE, LABELS, engine=engine)
    data = {"x": {"age": (AGE,), "image": IMAGE}, "y": LABELS}
    first = stepper.run([np.arange(6)], 1e-12, data)
    data["x"]["image"] = IMAGE + 1
    assert abs(stepper.run([np.arange(6)], 1e-12, data) - first) > 1e-3


@pytest.mark.parametrize("engine", ENGINES)
def test_integers_in_a_tree_pass_as_integers(engine: str):
    """One step of a table and a Linear layer, by hand."""
    model, target = Tokens(), RNG.normal(size=(ROWS, 2))
    table = model.parameters()["table.table"].value.copy()
    x = {"tokens": TOKENS.astype(np.int32), "image": IMAGE}
    out = table[TOKENS] + model.linear(IMAGE).value
    slope = 2 * (out - target) / out.size
    expected = table.copy()
    np.subtract.at(expected, TOKENS, 0.5 * slope)
    stepper = make_stepper(model, mse, SGD(), x, target, engine=engine)
    assert stepper.run([np.arange(ROWS)], 0.5)[0] == pytest.approx(np.mean((out - target) ** 2))
    found = stepper.state().parameters["table.table"]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_model_of_integers_trains(engine: str):
    target = RNG.normal(size=(ROWS, 2))
    stepper = make_stepper(Embedding(), mse, SGD(), TOKENS, target, engine=engine)
    stepper.run(np.tile(np.arange(ROWS), (400, 1)), 1.0)
    means = [target[token == TOKENS].mean(axis=0) for token in range(5)]
    np.testing.assert_allclose(stepper.parameters.reshape(5, 2), means, rtol=1e-6)
    np.testing.assert_allclose(stepper.predict(np.arange(5)), means, rtol=1e-6)
    with pytest.raises(OptionError, match="training: expected integers as inputs, got float64"):
        make_stepper(Embedding(), mse, SGD(), TOKENS + 0.5, target, engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_targets_in_a_tree(engine: str):
    """The gradient of a sum of two losses is the sum of theirs."""
    y = {"kind": LABELS, "size": AGE[:, :1]}

    def both(outputs, targets):
        return cross_entropy(outputs["kind"], targets["kind"]) + mse(
            outputs["size"], targets["size"]
        )

    parts = (
        (lambda outputs, labels: cross_entropy(outputs["kind"], labels), LABELS),
        (lambda outputs, size: mse(outputs["size"], size), AGE[:, :1]),
    )
    stepper = make_stepper(Heads(), both, SGD(), JOINED, y, engine=engine, micro_batch=9)
    assert stepper.output_shape is None
    start = stepper.parameters
    losses, steps = 0.0, 0.0
    for loss, targets in parts:
        one = make_stepper(Heads(), loss, SGD(), JOINED, targets)
        losses += one.run([np.arange(ROWS)], 0.1)[0]
        steps += one.parameters - start
    assert stepper.loss(JOINED, y) == pytest.approx(losses)
    assert stepper.run([np.arange(ROWS)], 0.1)[0] == pytest.approx(losses)
    np.testing.assert_allclose(stepper.parameters - start, steps, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ({"image": IMAGE, "age": (AGE[:9],)}, LABELS,
         r"input \['age'\]\[0\]: expected 23 rows, as the others have, got 9 rows"),
        (TREE, LABELS[:9], "targets: expected 23 rows, as the others have, got 9 rows"),
        ({"image": IMAGE, "age": 3.0}, LABELS, r"input \['age'\]: expected 23.*got one number"),
        (TREE, (LABELS, AGE[:4]), r"target \[1\]: expected 23 rows.*got 4 rows"),
        (JOINED, (LABELS, AGE[:4]), r"target \[1\]: expected 23 rows.*got 4 rows"),
    ],
    ids=["input", "single target", "number", "target", "single input"],
)  # fmt: skip
def test_leaves_have_the_same_number_of_rows(x, y, words: str):
    with pytest.raises(ShapeError, match=words):
        make_stepper(Merged(), cross_entropy, SGD(), x, y)


def test_names_of_leaves_are_never_equal():
    tree = {"a.b": [1.0], "a": {"b": [2.0]}}
    assert leaf_names("x", flatten_inputs(tree)[1]) == ["x.a.b#1", "x.a.b#2"]
    rows = DataRows({"x": tree, "y": [0]}, np.dtype(float))
    assert sorted(rows.arrays["x.a.b#1"].tolist() + rows.arrays["x.a.b#2"].tolist()) == [1.0, 2.0]
    with pytest.raises(OptionError, match=r"training: expected data .*, got two 'x\.a'"):
        DataRows({"x": {"a": [1.0]}, "x.a": [1.0]}, np.dtype(float))


def test_the_loss_reads_what_has_a_name_in_any_order():
    """The reference stepper took the values by position."""
    rng = np.random.default_rng(1)
    y, w = rng.normal(size=(ROWS, 3)), rng.normal(size=(ROWS, 1)) ** 2

    def weighted(z, y, w):
        return cr.mean(w * (z - y) ** 2)

    ends = []
    for names in (("x", "y", "w"), ("w", "y", "x")):
        data = {"x": JOINED, "y": y, "w": w}
        stepper = ENGINES["reference"](Single(), weighted, SGD(), {n: data[n] for n in names})
        stepper.run(BATCHES, 0.1)
        ends.append(stepper.parameters)
    np.testing.assert_array_equal(*ends)
