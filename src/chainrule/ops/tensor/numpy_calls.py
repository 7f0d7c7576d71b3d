"""Calls with NumPy's own signatures: each argument is honoured, or refused by its name."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import OptionError
from chainrule.ops.registry import home

__all__ = ["call_as_numpy", "qualified"]

Function = Callable[..., Any]
Parameters = Mapping[str, inspect.Parameter]

NO_VALUE = inspect.signature(np.sum).parameters["keepdims"].default
"""What NumPy puts in place of an argument that is not given."""

ALSO: Mapping[Function, Mapping[str, str]] = {
    np.clip: {"min": "low", "max": "high"},
    np.var: {"correction": "ddof"},
    np.std: {"correction": "ddof"},
    np.nanvar: {"correction": "ddof"},
    np.nanstd: {"correction": "ddof"},
}
"""NumPy's second names of arguments, and ours."""


def call_as_numpy(
    function: Function, record: Function, args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """Call `record` with the arguments of a call of NumPy's `function`.

    The n-th argument of one is the n-th of the other, unless the other has it by name elsewhere.
    An argument that only NumPy has may have its default; raises `OptionError` for another value,
    and for arguments that NumPy does not have.  A function that takes any number of arguments gets
    them as they are; one that takes any options checks them itself.
    """
    theirs, own = _parameters(function), _parameters(record)
    if not options and (len(args) <= 1 or not theirs):
        return record(*args)
    names = _names(function, record)
    given: dict[str, Any] = {}
    positional = [
        p for p in theirs.values() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    starred_theirs = any(p.kind is p.VAR_POSITIONAL for p in theirs.values())
    if len(args) > len(positional) and not starred_theirs:
        raise OptionError(
            qualified(function), expected=f"at most {len(positional)} arguments", got=f"{len(args)}"
        )
    named = {parameter.name: arg for parameter, arg in zip(positional, args, strict=False)}
    kinds = {parameter.kind for parameter in own.values()}
    starred = inspect.Parameter.VAR_POSITIONAL in kinds
    for name, value in (options if starred else {**named, **options}).items():
        target = names.get(name, name)
        if value is NO_VALUE:
            continue
        if target in own or inspect.Parameter.VAR_KEYWORD in kinds:
            given[target] = value
        elif name not in theirs or not _is_default(value, theirs[name].default):
            raise OptionError(
                qualified(function),
                expected=f"arguments that are recorded ({', '.join(_readable(names, own))})",
                got=f"{name}={_short(value)}",
                remedy="leave it out",
            )
    return record(*args, **given) if starred else record(**given)


def qualified(function: Function) -> str:
    """NumPy's or SciPy's name of a function, as people write it.

    >>> qualified(np.linalg.inv), qualified(np.add)
    ('np.linalg.inv', 'np.add')
    """
    module, owner = home(function), getattr(function, "__self__", None)
    known: Mapping[str, Any] = vars(sys.modules[module]) if module in sys.modules else {}
    of = next((f"{name}." for name, one in known.items() if owner is one is not None), "")
    return f"{module}.{of}{function.__name__}".replace("numpy", "np", 1)


@functools.cache
def _parameters(function: Function) -> Parameters:
    """The parameters of a function; none where they are unknown, as of compiled functions once."""
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}


@functools.cache
def _names(function: Function, record: Function) -> Mapping[str, str]:
    """Our name of each of NumPy's arguments that has one."""
    theirs, own = _parameters(function), _parameters(record)
    found = {name: name for name in theirs if name in own}
    starred = {p.name for p in own.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
    for name, ours in zip(theirs, own, strict=False):
        if name not in own and ours not in theirs and ours not in starred:
            found[name] = ours
    return {**found, **ALSO.get(function, {})}


def _readable(names: Mapping[str, str], own: Parameters) -> list[str]:
    """NumPy's names of the arguments that are recorded, in the order of ours."""
    theirs: dict[str, str] = {}
    for name, ours in names.items():
        theirs.setdefault(ours, name)
    return [theirs.get(ours, ours) for ours in own]


def _is_default(value: Any, default: Any) -> bool:
    return (
        value is default
        or value is NO_VALUE
        or (
            isinstance(value, (str, bool, int))
            and type(value) is type(default)
            and value == default
        )
    )


def _short(value: Any) -> str:
    name = getattr(value, "__name__", None)
    shown = name if isinstance(name, str) else repr(value)
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
