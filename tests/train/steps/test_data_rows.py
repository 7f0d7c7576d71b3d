"""What the compiled stepper refuses: row numbers, and models of two precisions."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import GraphError, ShapeError
from chainrule.ops.losses import mse
from chainrule.train.optimizers import SGD
from chainrule.train.steps.stepper import make_stepper
from train.compiled_cases import ROWS, Setup, X, mlp


def test_rows_that_do_not_exist():
    stepper = Setup(mlp()).stepper()
    for rows in ([ROWS], [0, -ROWS - 1]):
        with pytest.raises(ShapeError, match=f"row numbers below {ROWS}, got"):
            stepper.run([np.arange(3), np.array(rows)], 0.1)


def test_a_model_of_two_precisions_is_refused_by_name():
    model = nn.Sequential(nn.Linear(5, 4, dtype=np.float32, seed=1), nn.Linear(4, 5, seed=2))
    stepper = make_stepper(model, mse, SGD(), X, X, engine="compiled")
    with pytest.raises(GraphError, match=r"layers\.0\.weight.*one floating dtype.*f32\[4,5\]"):
        stepper.run([np.arange(4)], 0.1)


@pytest.mark.parametrize(
    "rows", [[[0.5, 1.0]], [[True, False]], np.arange(4)], ids=["halves", "masks", "one batch"]
)
def test_batches_that_are_not_row_numbers(rows):
    stepper = make_stepper(nn.mlp(6, [5], 3), mse, SGD(), *ones(), engine="compiled")
    with pytest.raises(ShapeError, match="row numbers"):
        stepper.run(np.asarray(rows), 0.1)


def ones() -> tuple[np.ndarray, np.ndarray]:
    return np.ones((8, 6)), np.ones((8, 3))
