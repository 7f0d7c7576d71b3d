"""The tables in which operations register, so that each is written in a single block.

`PRIMITIVES` holds every primitive by name; the contract tests run over it.  `FUNCTIONS` holds the
functions that methods of `Tensor` and `Layer` call by name: higher rooms register theirs, so that
imports only run downwards.  `NUMPY` maps NumPy's and SciPy's functions to those that record them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import takewhile
from typing import Any, TypeVar

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Primitive

__all__ = ["FUNCTIONS", "NUMPY", "PRIMITIVES", "home", "provides", "recorder"]

F = TypeVar("F", bound=Callable[..., Any])

PRIMITIVES: dict[str, Primitive] = {}
FUNCTIONS: dict[str, Callable[..., Any]] = {}
NUMPY: dict[Callable[..., Any], Callable[..., Any]] = {}

AT_NEED = {
    "numpy.fft": "chainrule.ops.fft",
    "scipy.integrate": "chainrule.autodiff.odeint",
    "scipy.linalg": "chainrule.ops.linalg.matrix_functions.scipy_names",
    "scipy.signal": "chainrule.ops.signal_convolution",
    "scipy.special": "chainrule.ops.special",
    "scipy.stats": "chainrule.ops.distributions",
}
"""Rooms that are imported when a function of a module of NumPy's or SciPy's is first needed.

They import that module, which may take longer than all of chainrule."""


def home(function: Callable[..., Any]) -> str:
    """The public module of a function of NumPy's or SciPy's, as people import it.

    >>> home(np.linalg.inv), home(np.add)
    ('numpy.linalg', 'numpy')
    """
    if isinstance(function, np.ufunc):
        ours = getattr(np, function.__name__, None) is function
        return "numpy" if ours else "scipy.special"  # ufuncs do not say where they are from
    parts = (getattr(function, "__module__", None) or "numpy").split(".")
    public = takewhile(lambda part: not part.startswith("_"), parts)
    return ".".join(public)


def recorder(function: Callable[..., Any]) -> Callable[..., Any] | None:
    """The function that records NumPy's or SciPy's `function`; None if there is none."""
    found = NUMPY.get(function)
    if found is None and (module := home(function)) in AT_NEED:
        importlib.import_module(AT_NEED[module])
        return NUMPY.get(function)
    return found


def provides(name: str, *numpy: Callable[..., Any]) -> Callable[[F], F]:
    """Register a function as the method `name` of `Tensor`, and for the given NumPy functions.

    Raises OptionError for a name or a NumPy function that another function already provides.
    """

    def register(function: F) -> F:
        taken = [name] * (name in FUNCTIONS) + [known.__name__ for known in numpy if known in NUMPY]
        if taken:
            raise OptionError(function.__name__, expected="a new name", got=", ".join(taken))
        FUNCTIONS[name] = function
        NUMPY.update(dict.fromkeys(numpy, function))
        return function

    return register
