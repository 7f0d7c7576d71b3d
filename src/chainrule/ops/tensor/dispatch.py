"""A call of NumPy's or SciPy's with a tensor: it is recorded, run on values, or refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from chainrule.ops.registry import FUNCTIONS, recorder
from chainrule.ops.tensor.array_methods import ArrayMethods
from chainrule.ops.tensor.numpy_calls import call_as_numpy, qualified
from chainrule.ops.tensor.numpy_functions import ON_VALUES, REDUCTIONS, not_recorded

__all__ = ["call_recorded", "call_ufunc", "holds_tensors"]


def call_recorded(
    function: Callable[..., Any], args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """Call a function of arrays with tensors among its arguments, also within lists of them.

    Raises OptionError if it can neither be recorded nor run on values.
    """
    if function in ON_VALUES or (function is np.where and len(args) == 1):
        return function(*map(_value, args), **{k: _value(v) for k, v in options.items()})
    record = recorder(function)
    if record is not None:
        return call_as_numpy(function, record, args, options)
    raise not_recorded(qualified(function))


def call_ufunc(ufunc: Any, method: str, inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call a ufunc, or a method of one such as `reduce`, with tensors among its inputs."""
    if method == "reduce" and ufunc in REDUCTIONS:
        return call_recorded(REDUCTIONS[ufunc], inputs, {"axis": 0, **options})
    if f"ufunc.{method}" in FUNCTIONS:
        return _call_method(ufunc, method, inputs, options)
    if method != "__call__" or options:
        extra = f".{method}" if method != "__call__" else f" with {', '.join(options)}"
        raise not_recorded(f"{qualified(ufunc)}{extra}")
    record = recorder(ufunc)
    return record(*inputs) if record else call_recorded(ufunc, inputs, {})


def _call_method(ufunc: Any, method: str, inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
    """Call `accumulate`, `outer` or `reduce` of a ufunc, with the arguments that are recorded."""
    record = FUNCTIONS[f"ufunc.{method}"]
    known = list(inspect.signature(record).parameters)[1:]
    unknown = [name for name in options if name not in known]
    if unknown or len(inputs) > len(known):
        raise not_recorded(f"{qualified(ufunc)}.{method} with {', '.join(unknown) or 'more'}")
    return record(ufunc, *inputs, **options)


def holds_tensors(argument: Any) -> bool:
    """Whether the argument is a tensor, or a list, tuple or dictionary with one in it."""
    if isinstance(argument, ArrayMethods):
        return True
    if isinstance(argument, Mapping):
        argument = list(cast("Mapping[Any, Any]", argument).values())
    return isinstance(argument, (list, tuple)) and any(
        map(holds_tensors, cast("Sequence[Any]", argument))
    )


def _value(argument: Any) -> Any:
    if isinstance(argument, (list, tuple)) and holds_tensors(argument):
        return [_value(part) for part in cast("Sequence[Any]", argument)]
    return cast("Any", argument.value if isinstance(argument, ArrayMethods) else argument)
