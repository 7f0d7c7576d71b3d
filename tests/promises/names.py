"""The public names, with the signatures they can be called with.

Annotations are left out, and a class lists what it inherits: where a class or a method stands
inside is no promise, so it may move.  What an object has is listed under the public name of its
class, or, where it has none, under the call that gives it.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, get_origin

import numpy as np

import chainrule as cr
from chainrule import gallery
from chainrule.errors import ChainruleError
from promises.samples import objects

__all__ = ["names", "refused"]

MODULES = (
    "chainrule",
    "chainrule.errors",
    "chainrule.explain",
    "chainrule.gallery",
    "chainrule.nn",
    "chainrule.train.optimizers",
    "chainrule.train.schedules",
)
"""What README, tutorial and docstrings import from; each lists its names in `__all__`."""

FREE = {
    *("__hash__", "__init__", "__new__", "__repr__", "__str__", "__setattr__", "__delattr__"),
    *("__init_subclass__", "__subclasshook__", "__class_getitem__", "__getattribute__"),
    *("__post_init__", "__replace__", "__getstate__", "__setstate__", "__getnewargs__"),
    *("__annotate__", "__annotate_func__", "__annotations_cache__"),
}
"""Methods that every object has, or that Python gives a dataclass by itself."""


def names() -> dict[str, str]:
    """Every public name and what can be done with it."""
    found: dict[str, str] = {}
    classes: dict[type, str] = {}
    for module_name in MODULES:
        module = import_module(module_name)
        for name in module.__all__:
            thing, path = getattr(module, name), f"{module_name}.{name}"
            if not isinstance(thing, type) or get_origin(thing):
                found[path] = _kind(thing)
            elif thing not in classes:
                classes[thing] = path
            else:
                found[path] = f"is {classes[thing]}"
    found["chainrule.__version__"] = "text"
    samples = objects()
    for call, thing in samples.items():
        classes.setdefault(type(thing), call)
    for cls, path in classes.items():
        found[path] = _class(cls, classes, "(…)" in path)
        found.update({f"{path}.{member}": text for member, text in _members(cls)})
    for call, thing in samples.items():
        path = classes[type(thing)]
        if path != call:
            found[call] = f"gives {path}"
        given = [] if dataclasses.is_dataclass(thing) else getattr(thing, "__dict__", ())
        for attribute in given:
            if not attribute.startswith("_"):
                found.setdefault(f"{path}.{attribute}", "attribute")
    return {**found, **_options()}


def _options() -> dict[str, str]:
    """The words that an argument may be, from the error that lists them."""
    model, data = cr.nn.mlp(1, (), 1), (np.ones((2, 1)), np.array([0.5, 1.5]))
    calls: dict[str, Callable[[], Any]] = {
        "chainrule.fit(…, loss=…)": lambda: cr.fit(model, data, loss="unknown"),
        "chainrule.fit(…, optimizer=…)": lambda: cr.fit(model, data, optimizer="unknown"),
        "chainrule.fit(…, schedule=…)": lambda: cr.fit(model, data, schedule="unknown"),
        "chainrule.fit(…, watch=…)": lambda: cr.fit(model, data, patience=1, watch="unknown"),  # type: ignore[arg-type]
        "chainrule.fit(…, engine=…)": lambda: cr.fit(model, data, engine="unknown"),
        "chainrule.explain(…, steps=…)": lambda: cr.explain(cr.variable(1.0), steps="unknown"),
        "chainrule.gallery.get(…)": lambda: gallery.get("unknown"),
        "chainrule.nn.activation(…)": lambda: cr.nn.activation("unknown"),
        "chainrule.nn.initialiser(…)": lambda: cr.nn.initialiser("unknown"),
    }
    return {f"{call} takes": refused(function) for call, function in calls.items()}


def refused(call: Callable[[], Any]) -> str:
    """What a call says it expects when it is given something else."""
    try:
        call()
    except ChainruleError as error:
        return error.expected
    raise AssertionError("expected an error that lists what is known, got none")


def _kind(thing: Any) -> str:
    if inspect.ismodule(thing):
        return f"is {thing.__name__}"
    if callable(thing) and not get_origin(thing):
        return _signature(thing)
    if isinstance(thing, Mapping):
        return "mapping of " + ", ".join(sorted(map(str, thing)))
    return "type"


def _class(cls: type, public: Mapping[type, str], inner: bool) -> str:
    """How it is made (unless it only ever comes as a result), and what it can be taken for."""
    made = "" if inner or inspect.isabstract(cls) else _signature(cls)
    bases = [
        public.get(base, base.__name__) for base in cls.__mro__[1:] if _is_listed(base, public)
    ]
    return f"class{made}" + (f": {', '.join(bases)}" if bases else "")


def _is_listed(base: type, public: Mapping[type, str]) -> bool:
    return base in public or (base.__module__ == "builtins" and base is not object)


def _members(cls: type) -> Iterator[tuple[str, str]]:
    fields = [f.name for f in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else []
    yield from ((name, "attribute") for name in fields if not name.startswith("_"))
    for name in dir(cls):
        owner = next((c for c in cls.__mro__ if name in vars(c)), None)
        if owner is None or owner.__module__.partition(".")[0] != "chainrule":
            continue
        inside = name.startswith("_") and not (name.startswith("__") and name.endswith("__"))
        if (inside and name != "_repr_html_") or name in FREE or name in fields:
            continue
        if name == "__eq__" and dataclasses.is_dataclass(owner):
            continue
        member = inspect.getattr_static(cls, name)
        if isinstance(member, (classmethod, staticmethod)) or inspect.isfunction(member):
            yield name, _signature(getattr(cls, name))
        elif not name.startswith("_"):
            yield name, "attribute"


def _signature(thing: Any) -> str:
    """As it is called, without annotations.

    >>> def f(a: int, *, b: float = 1.0, c=print): ...
    >>> _signature(f)
    '(a, *, b=1.0, c=print)'
    """
    try:
        signature = inspect.signature(thing)
    except ValueError:  # a builtin that does not say
        return "(…)"
    bare = [
        p.replace(annotation=inspect.Parameter.empty, default=_Default.of(p.default))
        for p in signature.parameters.values()
    ]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))


class _Default:
    """A default that is printed without an address in memory or the name of a file."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    @staticmethod
    def of(default: Any) -> Any:
        if default is inspect.Parameter.empty:
            return default
        text = getattr(default, "__name__", None) or repr(default)
        return _Default(re.sub(r" at 0x[0-9a-f]+|\w+\.(?=[A-Z])", "", text))
