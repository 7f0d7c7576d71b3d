"""Test rows of their own, in arrays beside those that are trained on."""

from __future__ import annotations

import dataclasses
from typing import Any

from chainrule.errors import DataError, OptionError
from chainrule.nn.accepted import in_column_order
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.table import digest

__all__ = ["with_test_rows"]

NAME = "test rows"


def with_test_rows(
    dataset: Dataset, test: Any, *, dtype: Any, integers: bool, columns: tuple[Any, ...] = ()
) -> Dataset:
    """The data set with `test`, a pair (inputs, answers), as its test rows, encoded as the others.

    Raises DataError where they are not of the form of the training rows, or have other classes.
    """
    if not isinstance(test, (tuple, list)) or len(test) != 2:
        raise OptionError(
            "test",
            expected="test rows as (inputs, answers)",
            got=f"a {type(test).__name__}",
            remedy="write fit(model, (X, y), test=(X_test, y_test))",
        )
    x, y = test
    target = dataset.encoder.target
    found = from_arrays(
        in_column_order(NAME, x, columns) if columns else x,
        y,
        task=target.task,
        dtype=dtype,
        integers=integers,
        name=NAME,
        target=target,
    )
    for role in ("x", "y"):
        wanted, got = (_forms(getattr(part, role)) for part in (dataset.train, found.train))
        if wanted != got:
            raise DataError(
                NAME,
                expected=f"{'inputs' if role == 'x' else 'answers'} {wanted}, as for training",
                got=got,
                remedy="bring the same columns for both",
            )
    fingerprints = dataset.digest_source, found.digest_source

    def digest_source() -> str:
        return digest([one().encode() for one in fingerprints])

    return dataclasses.replace(dataset, test=found.train, digest_source=digest_source)


def _forms(tree: Any) -> str:
    """The shapes of the arrays of a tree, without how many rows they have."""
    leaves = flatten_inputs(tree)[0] if is_tree(tree) else [tree]
    return ", ".join(f"({', '.join(['n', *map(str, leaf.shape[1:])])})" for leaf in leaves)
