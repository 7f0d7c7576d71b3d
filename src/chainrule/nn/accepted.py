"""What layers accept: floats or integers, the dtypes they are cast to, and columns by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np

from chainrule.errors import ChainruleError, DataError, OptionError
from chainrule.graph import Array, Spec
from chainrule.nn.trees import is_tree
from chainrule.ops import Tensor
from chainrule.ops.tensor import abstract

__all__ = [
    "Accepts",
    "TableCoder",
    "can_be",
    "check_accepted",
    "column_names",
    "dtype_in_tree",
    "in_column_order",
    "integer_shape",
    "needs_integers",
    "refuse_float_index",
]

Accepts = Literal["floats", "integers", "anything"]

_KINDS = {"floats": "f", "integers": "iu"}


class TableCoder(Protocol):
    """What a model that was trained on a data frame keeps of it.

    The training that fitted it sets it, and knows what a data frame is.
    """

    def encode(self, x: Any) -> Any:
        """The rows of a data frame, or of an array of its columns, as inputs of the model."""
        ...

    def predict(self, infer: Callable[[Any], Any], x: Any, proba: bool) -> Any:
        """What `infer` makes of these inputs, in the form and the units of the answers."""
        ...


def check_accepted(where: str, accepts: Accepts, x: Any) -> None:
    """Raise OptionError unless `x` is a tensor of the kind of numbers that a layer accepts.

    >>> check_accepted("layers.0", "floats", (1.0, 2.0))
    Traceback (most recent call last):
        ...
    chainrule.errors.OptionError: layers.0: expected one tensor of floats, got a tuple of 2
    """
    if not isinstance(x, Tensor):
        several = isinstance(x, (tuple, list, dict))
        got = f"a {type(x).__name__} of {len(x)}" if several else type(x).__name__  # type: ignore[arg-type]
        raise OptionError(where, expected=f"one tensor of {accepts}", got=got)
    if x.dtype.kind not in _KINDS[accepts]:
        raise OptionError(
            where,
            expected=f"a tensor of {accepts}",
            got=str(x.spec),
            remedy="give it the real and the imaginary parts"
            if x.dtype.kind == "c"
            else f"convert it with x.astype({'float' if accepts == 'floats' else 'int'})",
        )


def refuse_float_index(where: str, kind: str, x: Any, error: OptionError) -> None:
    """Raise OptionError if the error is that of a layer that selects rows by floats."""
    if error.where == "getitem" and isinstance(x, Tensor) and x.dtype.kind == "f":
        raise OptionError(
            where,
            expected=error.expected,
            got=error.got,
            remedy=f"{kind} takes integers: convert its input with x.astype(int)",
        ) from error


def integer_shape(x: Any) -> tuple[int, ...] | None:
    """The shape of one input of integers; None for a tree and for all else."""
    if is_tree(x):
        return None
    try:
        array: Tensor | Array = x if isinstance(x, Tensor) else np.asarray(x)
    except (ValueError, TypeError):  # no array: it is refused where it is used
        return None
    return array.shape if array.dtype.kind in "iu" else None


def needs_integers(
    apply: Callable[[Tensor], Any], shape: tuple[int, ...], floating: np.dtype[Any]
) -> bool | None:
    """Whether a function refuses floats of this shape and takes integers; None if neither works.

    It is recorded, not computed.

    >>> from chainrule.ops import one_hot, square
    >>> [needs_integers(f, (3,), np.dtype(float)) for f in (square, lambda x: one_hot(x, 4))]
    [False, True]
    """
    try:
        apply(abstract(Spec(shape, floating), "x"))
    except OptionError:
        pass
    except ChainruleError:  # such as another width: it is reported where the input is used
        return None
    else:
        return False
    try:
        apply(abstract(Spec(shape, np.dtype(np.int64)), "x"))
    except ChainruleError:
        return None
    return True


def can_be(dtype: np.dtype[Any], other: np.dtype[Any]) -> bool:
    """Whether numbers of a dtype are cast to another: real ones to floats, not the reverse."""
    return (other.kind == "f" and dtype.kind != "c") or dtype.kind in "iu"


def dtype_in_tree(dtype: np.dtype[Any], model: np.dtype[Any]) -> np.dtype[Any]:
    """What one of several inputs is cast to: int64 for integers, the model's dtype for floats."""
    if dtype.kind == "c":
        return dtype
    return np.dtype(np.int64) if dtype.kind in "iu" else model


def column_names(x: Any) -> tuple[Any, ...]:
    """The names of the columns of a data frame, as pandas and Polars have them; else ().

    A frame in which two columns have one name counts as having none.
    """
    names = _columns(x)
    return names if len(set(names)) == len(names) else ()


def in_column_order(where: str, x: Any, names: tuple[Any, ...]) -> Any:
    """A data frame with its columns in the order of `names`; anything else unchanged.

    Raises DataError unless it has exactly these columns.
    """
    found = _columns(x)
    if not found or found == names:
        return x
    missing = [name for name in names if name not in found]
    more = [name for i, name in enumerate(found) if name not in names or name in found[:i]]
    if missing or more:
        parts = [f"none called {_listed(missing)}"] if missing else []
        parts += [f"{_listed(more)} besides"] if more else []
        raise DataError(
            where,
            expected=f"the {len(names)} columns that the model was trained on",
            got=" and ".join(parts),
            remedy=f"select them, by frame[[{', '.join(map(repr, names[:3]))}"
            f"{', …' * (len(names) > 3)}]]",
        )
    return x[list(names)]


def _columns(x: Any) -> tuple[Any, ...]:
    if isinstance(x, (np.ndarray, Tensor)) or not hasattr(x, "__array__"):
        return ()
    names = getattr(x, "columns", None)
    return () if names is None or callable(names) else tuple(names)


def _listed(names: list[Any]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(map(repr, names[:12])) + more
