"""Calls of NumPy's functions by the standard's: recorded where there is a rule, else on values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.registry import NUMPY
from chainrule.ops.tensor import Tensor, constant
from chainrule.ops.tensor.dispatch import call_recorded, call_ufunc
from chainrule.ops.tensor.numpy_calls import qualified
from chainrule.ops.tensor.numpy_functions import not_recorded

__all__ = ["call", "on_cpu", "on_values"]


def call(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function of NumPy's, which gives tensors: recorded, or of values if it has no rule."""
    if isinstance(function, np.ufunc) and function in NUMPY:
        return call_ufunc(function, "__call__", args, options)
    if function in NUMPY:
        return call_recorded(function, args, options)
    return on_values(function, *args, **options)


def on_values(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Call a function with the values of tensors; arrays in its result become constant tensors.

    Raises OptionError if a gradient would be lost: if an argument depends on a variable, and there
    are floating-point numbers in the result.
    """
    given = (args, options)
    with np.errstate(all="ignore"):  # inf and nan are values, as where a function is recorded
        found = function(*map(_value, args), **{name: _value(v) for name, v in options.items()})
    result = _lifted(found)
    depends = any(not tensor.node.constant for tensor in _differentiable(given))
    if depends and next(_differentiable(result), None) is not None:
        raise not_recorded(qualified(function))
    return result


def on_cpu(function: str, device: Any) -> None:
    """Raise OptionError for any device but the only one that there is."""
    if device not in (None, "cpu"):
        raise OptionError(f"{function} device", expected="'cpu' or None", got=repr(device))


def _differentiable(argument: Any) -> Iterator[Tensor]:
    """The tensors of floating-point numbers in an argument or a result, also within sequences."""
    if isinstance(argument, Tensor):
        if argument.spec.differentiable:
            yield argument
    elif isinstance(argument, Mapping):
        yield from _differentiable(list(cast("Mapping[Any, Any]", argument).values()))
    elif isinstance(argument, (list, tuple)):
        for part in argument:
            yield from _differentiable(part)


def _value(argument: Any) -> Any:
    if isinstance(argument, (list, tuple)):
        return type(argument)(map(_value, argument))
    return argument.value if isinstance(argument, Tensor) else argument


def _lifted(found: Any) -> Any:
    """The arrays of a result as tensors; tuples keep their class, as those with names."""
    if isinstance(found, tuple):
        parts = map(_lifted, found)
        return type(found)._make(parts) if hasattr(found, "_make") else tuple(parts)  # type: ignore
    return [_lifted(part) for part in found] if isinstance(found, list) else constant(found)
