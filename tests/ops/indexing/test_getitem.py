"""Indices that do not fit are refused where NumPy refuses them, and can be caught as there."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError

X = np.arange(12.0).reshape(4, 3)
T = cr.variable(X, "X")

MASKS = {
    "too short": [True, False],
    "too long": np.ones(6, bool),
    "too wide": np.zeros((4, 5), bool),
    "too narrow": np.ones((4, 2), bool),
    "on the second axis": (slice(None), [True, False]),
    "after an integer": (0, [True, False, True, False]),
    "after a new axis": (None, np.ones(3, bool)),
    "after an ellipsis": (..., np.ones(4, bool)),
    "a tensor": cr.variable([1.0, -1.0]) > 0,
}
FITTING = [
    [True, False, True, False],
    (..., np.array([True, False, True])),
    (None, np.array([True, False, True, False])),
    X > 4.0,
    (slice(1, 3), [False, True, True]),
    (2, [False, True, True]),
    (np.array([True, False, True, False]), [0, 2]),
    (None, ..., X > 4.0),
]


@pytest.mark.parametrize("index", MASKS.values(), ids=MASKS)
def test_a_mask_of_another_length_is_refused(index):
    plain = index.value if isinstance(index, cr.Tensor) else index
    with pytest.raises(IndexError):
        X[plain]
    with pytest.raises(ShapeError, match="boolean index") as caught:
        T[index]
    assert isinstance(caught.value, IndexError)


@pytest.mark.parametrize("index", FITTING)
def test_masks_that_fit(index):
    np.testing.assert_array_equal(T[index].value, X[index])


@pytest.mark.parametrize("index", [5, (0, 0, 0), (..., ...), [4], (slice(None), [0, 3])])
def test_out_of_range(index):
    with pytest.raises(IndexError):
        X[index]
    with pytest.raises(ShapeError) as caught:
        T[index]
    assert isinstance(caught.value, IndexError)


@pytest.mark.parametrize("index", [0.5, [0.5], "name"])
def test_what_is_no_index(index):
    with pytest.raises(IndexError):
        X[index]
    with pytest.raises(OptionError):
        T[index]


def test_a_mask_on_a_traced_tensor():
    traced = cr.trace(lambda x: x[np.array([True, False, True, False])], cr.spec(X.shape))
    assert traced.outputs[0].spec.shape == (2, 3)
