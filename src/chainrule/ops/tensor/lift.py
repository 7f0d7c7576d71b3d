"""Turns operands into tensors: a value that is not a tensor becomes a constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Node, Spec
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.tensor.dispatch import holds_tensors
from chainrule.ops.tensor.tensor import Operand, Tensor

__all__ = ["ANY_NUMBERS", "constant", "lift", "numeric", "zeros"]


ANY_NUMBERS = "biufc"
"""The kinds of dtypes that are recorded."""

NUMBERS = (int, float, bool, complex)
"""Python's numbers, which take the precision of the arrays they are combined with."""

NOT_ARRAYS = {
    "MaskedArray": {
        "expected": "an array of which every entry counts",
        "remedy": "fill the masked entries (.filled(0)), or leave them out (.compressed())",
    },
    "matrix": {
        "expected": "an array, of which * is the product of entries",
        "remedy": "convert it by np.asarray and write @ for matrix products",
    },
}
"""Kinds of arrays that compute otherwise, by the names of their classes; they are refused."""


def lift(operand: Operand, dtype: np.dtype[Any] | None = None) -> Tensor:
    """Return a tensor unchanged, a list with tensors stacked, and anything else as a constant.

    A Python number gets the precision of `dtype`, that of the operands it is combined with, as in
    NumPy; it stays real or complex.
    """
    if isinstance(operand, Tensor):
        return operand
    if dtype is not None and type(operand) in NUMBERS:
        return _leaf(np.asarray(operand, dtype=_of_number(type(operand), dtype)))
    if holds_tensors(operand):
        return FUNCTIONS["stack"]([lift(part, dtype) for part in operand])  # type: ignore
    return constant(operand)


def _of_number(kind: type, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype that a Python number of this kind gets among operands of `dtype`."""
    if kind is complex:
        return np.result_type(dtype, np.complex64)
    return dtype if dtype.kind == "f" else np.dtype(f"f{dtype.itemsize // 2}")


def constant(value: Any) -> Tensor:
    """Return a leaf whose gradient is never computed."""
    array = numeric(value, kinds=ANY_NUMBERS)
    if array.flags.writeable and array is value:  # the caller may change it, the record must not
        array = array.copy()
    return _leaf(array)


def zeros(spec: Spec) -> Tensor:
    """Return a constant of zeros."""
    return _leaf(np.zeros(spec.shape, spec.dtype))


def _leaf(array: Array) -> Tensor:
    return Tensor(Node(Spec(array.shape, array.dtype), value=array))


def numeric(value: Any, name: str = "operand", kinds: str = "biuf") -> Array:
    """Return an array of booleans, integers or floats, or of complex numbers if `kinds` has them.

    Raises ShapeError for ragged sequences and OptionError for other types; both show `name`.
    """
    for kind in type(value).__mro__:
        if kind.__module__.startswith("numpy") and kind.__name__ in NOT_ARRAYS:
            raise OptionError(name, got=f"a NumPy {kind.__name__}", **NOT_ARRAYS[kind.__name__])
    try:
        array = np.asarray(value)
    except ValueError as error:
        remedy = "make them equally long, as cr.nn.padded does with sequences"
        if "inhomogeneous" not in str(error):
            remedy = str(error)
        raise ShapeError(
            name, expected="rows of equal length", got="a ragged sequence", remedy=remedy
        ) from None
    if array.dtype.kind not in kinds:
        raise OptionError(
            name,
            expected="real or complex numbers" if "c" in kinds else "real numbers",
            got=f"{type(value).__name__} of dtype {array.dtype}",
            remedy="convert it to floats first",
        )
    return array
