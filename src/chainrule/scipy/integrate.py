"""The names of `scipy.integrate`, of functions that record; see `chainrule.scipy`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate

from chainrule.ops.namespace import names_of, recording
from chainrule.ops.tensor.dispatch import call_recorded, holds_tensors

_get, __dir__ = names_of(scipy.integrate, __name__)


@functools.wraps(scipy.integrate.odeint)
def _odeint(func: Callable[..., Any], y0: Any, t: Any, *further: Any, **options: Any) -> Any:
    """`odeint`, recorded also where only the right-hand side reads tensors, from outside."""
    if not holds_tensors((y0, t, further, options)) and np.ndim(t) == 1 and np.size(t):
        args = options.get("args", further[0] if further else ())
        start = np.atleast_1d(np.asarray(y0, float))
        at = (t[0], start) if options.get("tfirst") else (start, t[0])
        if holds_tensors(func(*at, *(args if isinstance(args, tuple) else (args,)))):
            return call_recorded(scipy.integrate.odeint, (func, y0, t, *further), options)
    return recording(scipy.integrate.odeint)(func, y0, t, *further, **options)


def __getattr__(name: str) -> Any:
    return _odeint if name == "odeint" else _get(name)
