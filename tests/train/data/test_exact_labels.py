"""Labels that are numbers: exact ones keep their order, those of outputs their places."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DataError
from chainrule.train.data.arrays import from_arrays

X = np.random.default_rng(0).normal(size=(60, 3))


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        ([Decimal("10.5"), Decimal("9.25"), Decimal("-2")], ("-2", "9.25", "10.5")),
        ([Decimal("1E+2"), Decimal(3), Decimal("0.1")], ("0.1", "3", "1E+2")),
        ([Fraction(10, 3), Fraction(1, 2), Fraction(2)], ("1/2", "2", "10/3")),
        ([10**400, 7, -(10**350)], (str(-(10**350)), "7", str(10**400))),
    ],
)
def test_exact_numbers_are_in_the_order_of_the_numbers(labels, classes):
    fitted = from_arrays(X, np.array(labels * 20, object), task="classification")
    assert fitted.encoder.target.classes == classes
    assert [classes[i] for i in fitted.train.y[:3]] == list(map(str, labels))


def test_a_number_too_long_to_be_written_is_refused_in_one_line():
    labels = np.array([10**5000, 5] * 30, object)
    with pytest.raises(DataError, match=r"at most 4,300 digits as labels.*return_inverse"):
        from_arrays(X, labels)
    with pytest.raises(DataError, match=r"at most 4,300 digits"):
        cr.fit(cr.nn.mlp(3, (), 2), (X, labels), epochs=1)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float64])
def test_labels_that_are_numbers_of_outputs_stay_so(kind):
    """Class 2 of three outputs is the third of them, although no row has class 1."""
    labels = 2 * (X[:, 0] > 0)
    model = cr.nn.mlp(3, (8,), 3, seed=0)
    fitted = cr.fit(model, (X, labels.astype(kind)), epochs=60, learning_rate=0.05)
    assert fitted.report.confusion.classes == ("0", "1", "2")
    assert np.mean(model.predict(X).argmax(axis=1) == labels) > 0.9
    two = cr.fit(cr.nn.mlp(3, (8,), 2, seed=0), (X, labels.astype(kind)), epochs=1)
    assert two.report.confusion.classes == ("0", "2")
