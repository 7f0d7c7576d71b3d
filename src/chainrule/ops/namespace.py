"""Namespaces of NumPy's and SciPy's functions, which record where tensors are arguments."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.ops.tensor.dispatch import call_recorded, call_ufunc, holds_tensors

__all__ = ["names_of", "recording"]

OF_UFUNCS = ("nin", "nout", "nargs", "identity", "signature", "types", "ntypes")
METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")


def names_of(
    module: ModuleType, namespace: str, *submodules: str
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a namespace with the names of NumPy's or SciPy's module.

    Functions record where tensors are among their arguments, and are the module's own elsewhere;
    classes, constants and modules stay as they are, but for `submodules`, which are namespaces.
    """

    def get(name: str) -> Any:
        if name in submodules:
            return importlib.import_module(f"{namespace}.{name}")
        if name == "__all__":
            return names()
        if (name.startswith("_") and name != "__version__") or not hasattr(module, name):
            raise AttributeError(f"module {namespace!r} has no attribute {name!r}")
        found = getattr(module, name)
        if found is np.r_ or found is np.c_:
            return RecordingIndex(found)
        return found if not callable(found) or isinstance(found, type) else recording(found)

    def names() -> list[str]:
        return [name for name in dir(module) if not name.startswith("_")]

    return functools.cache(get), names


@functools.cache
def recording(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that records calls with tensors, also within lists, and passes others on."""
    if isinstance(function, np.ufunc):
        return _recording_ufunc(function)

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if holds_tensors(args) or holds_tensors(options):
            return call_recorded(function, args, options)
        return function(*args, **options)

    return call


class RecordingIndex:
    """NumPy's `r_` or `c_`, which join what they are indexed with; they record tensors, too."""

    def __init__(self, joiner: Any) -> None:
        self._joiner = joiner

    def __getitem__(self, index: Any) -> Any:
        if holds_tensors(index):
            return call_recorded(self._joiner.__getitem__, (index,), {})
        return self._joiner[index]


def _recording_ufunc(ufunc: np.ufunc) -> Callable[..., Any]:
    def record(method: str, *args: Any, **options: Any) -> Any:
        if holds_tensors(args) or holds_tensors(options):
            return call_ufunc(ufunc, method, args, options)
        return getattr(ufunc, method)(*args, **options)

    call = functools.wraps(ufunc)(functools.partial(record, "__call__"))
    for name in OF_UFUNCS:
        setattr(call, name, getattr(ufunc, name))
    for name in METHODS:
        setattr(call, name, functools.partial(record, name))
    return call
