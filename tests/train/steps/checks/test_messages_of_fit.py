"""What `fit` says about data, models and losses that do not fit together, in the user's words.

Each message names what was given and a way on; none is that of an inner primitive, or Python's.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import scipy.sparse

import chainrule as cr
from chainrule.errors import ChainruleError

X = np.random.default_rng(0).normal(size=(20, 3))
LABELS = (X[:, 0] > 0).astype(int)
NUMBERS = X[:, 0]
TEXTS = np.array(["a", "b"])[LABELS]
FIELDS = np.zeros(20, [("age", "f8"), ("size", "f8")])

REFUSED: dict[str, tuple[int, tuple[Any, Any], dict[str, Any], str]] = {
    "one output for two classes": (
        1, (X, LABELS), {},
        r"the 2 classes that the answers were taken for \(0, 1\), got a model with 1 output"
        r'.*give the model 2 outputs, or set loss="binary_cross_entropy"',
    ),
    "one output for two texts": (
        1, (X, TEXTS), {}, r"number the classes 0 and 1 and set loss=\"binary_cross_entropy\"",
    ),
    "quantities as classes": (
        2, (X, NUMBERS), {"loss": "cross_entropy"}, 'or set loss="mse" if the answers are quanti',
    ),
    "sparse inputs": (
        2, (scipy.sparse.csr_matrix(X), LABELS), {},
        r"inputs in a dense array, got a sparse csr_matrix of shape \(20, 3\).*toarray\(\)",
    ),
    "sparse answers": (
        2, (X, scipy.sparse.csr_array(LABELS[:, None])), {}, "answers in a dense array, got a sp",
    ),
    "sparse in a tree": (
        2, ({"a": scipy.sparse.coo_array(X)}, LABELS), {}, "in a dense array, got a sparse coo",
    ),
    "structured inputs": (
        2, (FIELDS, LABELS), {}, "a structured array with the fields age, size; stack its fields",
    ),
    "structured answers": (2, (X, FIELDS), {}, "answers of one dtype, got a structured array"),
    "records": (2, (FIELDS.view(np.recarray), LABELS), {}, "with the fields age, size"),
    "ragged inputs": (2, ([[1, 2, 3], [1, 2]], [0, 1]), {}, "inputs in rows of one length"),
    "ragged answers": (2, (X, [[1], [1, 2]] * 10), {}, "answers in rows of one length"),
    "complex inputs": (2, (X + 0j, LABELS), {}, r"inputs that are real.*\.real and \.imag"),
    "complex answers": (1, (X, NUMBERS + 0j), {}, "answers that are real, got dtype complex128"),
    "objects": (2, (X.astype(object), LABELS), {}, r"dtype object.*x\.astype\(float\)"),
    "dates": (2, (np.zeros((20, 3), "M8[s]"), LABELS), {}, "subtract a date, and divide by"),
    "no inputs": (2, (None, LABELS), {}, r"got shapes \(\) and \(20,\); bring arrays"),
    "too few answers": (2, (X, LABELS[:9]), {}, "bring one answer for each row of inputs"),
    "answers in a row": (2, (X, LABELS[None]), {}, r"turn the answers with y\.T"),
    "a third axis": (
        2, (X[:, None], LABELS), {},
        r"expected outputs \(n, classes\).*got \(20, 1, 2\) from inputs \(20, 1, 3\); reshape",
    ),
    "a third axis of numbers": (
        1, (X[:, None], NUMBERS), {}, r"outputs \(n, 1\).*got \(20, 1, 1\) from inputs",
    ),
    "another width": (2, (X[:, :2], LABELS), {}, r"layers\.0: .* got \(20, 2\)"),
    "texts for a loss of numbers": (
        1, (X, TEXTS), {"loss": "binary_cross_entropy"},
        "numbers as answers, for this loss, got 'a', 'b'; .*number two classes 0 and 1",
    ),
    "a number as loss": (2, (X, LABELS), {"loss": 3}, "or its name, got 3; take one of"),
    "one weight for classes": (
        2, (X, LABELS), {"class_weights": 3}, "numbers by class, got 3; write class_weights=",
    ),
    "three arrays": (2, (X, LABELS, LABELS), {}, "got a tuple of 3; write fit"),  # type: ignore
}  # fmt: skip


@pytest.mark.parametrize("engine", ["compiled", "reference"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, engine: str) -> None:
    outputs, data, options, expected = REFUSED[name]
    with pytest.raises(ChainruleError) as raised:
        cr.fit(cr.nn.mlp(3, (4,), outputs, seed=0), data, epochs=1, engine=engine, **options)
    assert re.search(expected, str(raised.value)), raised.value


@pytest.mark.parametrize(
    ("model", "expected"),
    [(cr.nn.Linear, r"got the class Linear; make one: Linear\("), (np.sin, "got ufunc; cr.from")],
)
def test_what_is_no_model(model: Any, expected: str) -> None:
    with pytest.raises(ChainruleError, match=expected):
        cr.fit(model, (X, LABELS))


@pytest.mark.parametrize("keys", [(0, 1), ("0", "1"), (np.int64(0), np.int8(1)), (0.0, 1.0)])
def test_class_weights_by_any_number(keys: tuple[Any, Any]) -> None:
    weights = dict(zip(keys, (1, 3), strict=True))
    one, two = (
        cr.fit(cr.nn.mlp(3, (), 2, seed=0), (X, LABELS), epochs=1, class_weights=given)
        for given in (weights, [1, 3])
    )
    assert one.report.train.loss == two.report.train.loss


@pytest.mark.parametrize("label", [0, 2])
def test_one_row_with_a_class(label: int) -> None:
    """As in an example by hand: the output of that number rises, the others fall."""
    model = cr.nn.mlp(3, (), 3, seed=0)
    before = model.predict(X[:1])[0]
    fitted = cr.fit(model, (X[:1], [label]), loss="cross_entropy", optimizer="sgd", epochs=1)
    rises = model.predict(X[:1])[0] > before
    assert rises.tolist() == [k == label for k in range(3)]
    assert fitted.report.rows == 1


def test_one_row_for_training_and_one_to_validate() -> None:
    fitted = cr.fit(
        cr.nn.mlp(3, (), 1, seed=0), (X[:2], NUMBERS[:2]), epochs=1, validation_fraction=0.5
    )
    assert fitted.report.validation is not None
