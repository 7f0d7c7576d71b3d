"""The names of `scipy.stats`: distributions with methods that record; see `chainrule.scipy`."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, cast

import scipy.stats

from chainrule.ops.namespace import names_of, recording
from chainrule.ops.tensor.dispatch import holds_tensors

_get, __dir__ = names_of(scipy.stats, __name__)


class Distribution:
    """A distribution of SciPy's whose methods record where tensors are among their arguments."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # as pickle asks before there is anything
            raise AttributeError(name)
        found = getattr(self._of, name)
        return recording(found) if callable(found) else found

    def __dir__(self) -> list[str]:
        return dir(self._of)

    def __repr__(self) -> str:
        return repr(self._of)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The distribution with given parameters, which may be tensors."""
        if holds_tensors(args) or holds_tensors(options):
            return Given(self, args, options)
        return self._of(*args, **options)


class Given:
    """A distribution with given parameters, some of them tensors."""

    def __init__(self, of: Distribution, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        self._of, self._args, self._options = of, args, options

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)
        method = getattr(self._of, name)
        return lambda *first: method(*first, *self._args, **self._options)


@functools.cache
def __getattr__(name: str) -> Any:
    found = getattr(scipy.stats, name, None)
    if (hasattr(found, "logpdf") or hasattr(found, "logpmf")) and not isinstance(found, type):
        return Distribution(found)
    return _get(name)


for _name in ("beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"):
    # `import chainrule.scipy.stats.norm as norm` works, as in autograd
    sys.modules[f"{__name__}.{_name}"] = cast(Any, __getattr__(_name))
