"""Sources of training data: where the rows of each batch come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast, final

import numpy as np

from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.nn.trees import flatten_inputs, is_tree

__all__ = ["BatchGroup", "DataSource", "as_group", "known_length"]


@final
@dataclass(frozen=True, eq=False)
class BatchGroup:
    """Consecutive batches of one size, as rows of named arrays.

    arrays   "x" and "y": all rows that the batches choose from, `(N, …)` each, or trees of arrays
    rows     the row numbers of each batch, `(batches, rows)`

    Groups that share their arrays should hold the same mapping: it is then read only once.
    """

    arrays: Mapping[str, Any]
    rows: Array


class DataSource(Protocol):
    """Where the training data come from, batch by batch.

    What it yields depends on the epoch, on `start` and on its state when the epoch began, so that a
    resumed training continues with the batches that the interrupted one would have had.

    It may have more than these two methods:

    per_epoch           the number of batches in each epoch, for schedules that need the length of
                        the whole training, such as cosine; None, as without it, if it is not known
    load_state(state)   continue from what `state` returned, empty at the start of a training; it
                        may only be left out if the state is always empty
    """

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup | tuple[Any, Any]]:
        """The batches of an epoch (from 1), without the first `start` ones.

        Each item is one batch (inputs, answers), or a `BatchGroup` of several.  The state with
        which the epoch began has been loaded before.
        """
        ...

    def state(self) -> Mapping[str, Any]:
        """What JSON can hold and the source needs to continue; empty where that is nothing."""
        ...


def as_group(item: Any) -> BatchGroup:
    """What a source yields, as a group; OptionError if it is neither a group nor a pair.

    >>> import numpy as np
    >>> as_group((np.ones((3, 2)), np.zeros(3))).rows
    array([[0, 1, 2]])
    """
    if isinstance(item, BatchGroup):
        return item
    if not isinstance(item, tuple) or len(cast("tuple[Any, ...]", item)) != 2:
        raise OptionError(
            "data source",
            expected="pairs (inputs, answers) from batches(), each of one batch",
            got=type(item).__name__,
            remedy="yield x, y",
        )
    x, y = cast("tuple[Any, Any]", item)
    leaves = flatten_inputs(x)[0] if is_tree(x) else [x]
    shape = np.shape(leaves[0]) if leaves else ()
    if not shape or not shape[0]:
        raise DataError("data source", expected="batches of one row or more", got="none")
    return BatchGroup({"x": x, "y": y}, np.arange(shape[0])[None])


def known_length(source: DataSource) -> int | None:
    """The number of batches in an epoch, None if the source does not know it.

    Raises OptionError if it says anything else than a whole number above 0.
    """
    length = getattr(source, "per_epoch", None)
    if length is None:
        return None
    if isinstance(length, bool) or not isinstance(length, (int, np.integer)) or length < 1:
        raise OptionError(
            "data source per_epoch",
            expected="a whole number of batches above 0, or None",
            got=repr(length),
        )
    return int(length)
