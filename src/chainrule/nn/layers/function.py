"""Layers of one's own, written as a function of tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.nn.initialisers import Zeros
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot

__all__ = ["Lambda", "function"]

SCOPE = "scope"
"""The argument under which a function gets the scope, if it has one of that name."""


@final
class Lambda(Layer):
    """A layer that is a function of one's own: y = f(x, …).

    The function gets the input, a tensor or a tree of tensors, and by name the layers and arrays
    that are given besides: each layer as a function of its input, and each array, which is the
    start of a parameter, as a tensor.  It returns tensors, alone or in tuples, lists and dicts.
    If it has an argument `scope`, it gets the scope: `scope.training` and `scope.step`.

    Arrays of floats are parameters, trained with the rest, and are copied; a Slot says more, such
    as how to draw one.  Layers keep their names, as in `a.weight`, and are recorded like others.
    The function may use everything that records, such as NumPy's functions.

    Raises OptionError for what is no function, for an array that is not of floats, and for parts
    that the function does not take.

    >>> Lambda(lambda x: x[..., ::-1])([1.0, 2.0])
    Tensor([2., 1.])
    >>> from chainrule.nn import Linear
    >>> gate = Lambda(lambda x, a, scale: scale * x * a(x), a=Linear.of([[1.0]]), scale=2.0)
    >>> gate([3.0]), list(gate.parameters())
    (Tensor([18.]), ['scale', 'a.weight'])

    `function` does the same as a decorator, for models of several inputs, too:

    >>> @function(old=Linear.of([[0.5]]), new=Linear.of([[2.0]]))
    ... def mixed(x, old, new):
    ...     return {"mean": (old(x["old"]) + new(x["new"])) / 2}
    >>> mixed({"old": [2.0], "new": [1.0]})
    {'mean': Tensor([1.5])}
    """

    symbol: ClassVar[str] = "f"

    def __init__(
        self,
        function: Callable[..., Any],
        /,
        *,
        name: str | None = None,
        seed: int | None = None,
        **parts: Any,
    ) -> None:
        # not every caller is type-checked
        if not callable(function) or isinstance(function, type):
            raise OptionError("Lambda", expected="a function of a tensor", got=repr(function))
        self.function = function
        layers = {key: part for key, part in parts.items() if isinstance(part, Layer)}
        slots = {key: _slot(key, part) for key, part in parts.items() if key not in layers}
        self._takes_scope = SCOPE not in parts and _takes(function, SCOPE)
        _check_parts(function, [*parts, *[SCOPE] * self._takes_scope])
        super().__init__(name, slots=slots, children=layers, seed=seed)
        for key, slot in slots.items():
            if slot is not parts[key]:
                slot.fill(parts[key])

    def apply(self, scope: Scope, x: Any) -> Any:
        parts: dict[str, Any] = {key: scope[key] for key in self._slots}
        for key, layer in self.children.items():
            parts[key] = functools.partial(_applied, scope, key, layer)
        if self._takes_scope:
            parts[SCOPE] = scope
        return self.function(x, **parts)

    def options(self) -> Mapping[str, Any]:
        return {"function": getattr(self.function, "__name__", type(self.function).__name__)}


def function(**parts: Any) -> Callable[[Callable[..., Any]], Lambda]:
    """A decorator that makes a layer of a function, with these layers and arrays; see `Lambda`."""
    return lambda function: Lambda(function, **parts)


def _applied(scope: Scope, key: str, layer: Layer, x: Any) -> Any:
    return scope.record(key, layer, x, layer.apply(scope.child(key), x))


def _slot(key: str, part: Any) -> Slot:
    """A slot for the values of an array, in its precision."""
    if isinstance(part, Slot):
        return part
    array = np.asarray(getattr(part, "value", part))
    if array.dtype.kind not in "fiu":
        got = type(part).__name__ if array.dtype.kind == "O" else f"dtype {array.dtype}"
        raise OptionError(f"Lambda {key}", expected="a layer, or an array of numbers", got=got)
    dtype = array.dtype if array.dtype.kind == "f" else np.float64
    return Slot(array.shape, Zeros(), dtype=dtype)


def _parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter] | None:
    try:
        return inspect.signature(function).parameters
    except (ValueError, TypeError):  # a function of C, which does not say what it takes
        return None


def _takes(function: Callable[..., Any], name: str) -> bool:
    return name in (_parameters(function) or ())


def _check_parts(function: Callable[..., Any], names: list[str]) -> None:
    """Raise OptionError unless the function takes an input and these names, and no others."""
    parameters = _parameters(function)
    if parameters is None:
        return
    try:
        inspect.Signature(list(parameters.values())).bind(None, **dict.fromkeys(names))
    except TypeError as error:
        raise OptionError(
            "Lambda",
            expected="a function of the input and of the layers and arrays by their names",
            got=f"one of ({', '.join(parameters)}), with {', '.join(names) or 'nothing'}: {error}",
            remedy="write Lambda(lambda x, a: …, a=layer)",
        ) from None
