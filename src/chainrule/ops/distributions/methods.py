"""How densities and distribution functions with a location and a scale are recorded.

Each is written for the standard form of a distribution, as a function of z = (x − loc) / scale and
of the distribution's own parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.arguments import shown
from chainrule.errors import OptionError
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise import exp, log, log1p, where
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, Tensor

__all__ = ["Method", "Standard", "bound", "exp_of", "location_scale", "log_of", "record_as"]

Standard = (
    Callable[[Tensor], Tensor]
    | Callable[[Tensor, Tensor], Tensor]
    | Callable[[Tensor, Tensor, Tensor], Tensor]
)
"""A function of z and up to two parameters of a distribution."""

Method = Callable[[Sequence[Any], Mapping[str, Any], str], Tensor]
"""A function of the arguments and options of a call, and of the name of what was called."""


def location_scale(
    distribution: Any,
    *parameters: str,
    pdf: Standard | None = None,
    logpdf: Standard,
    cdf: Standard,
    sf: Standard,
    logcdf: Standard | None = None,
    logsf: Standard | None = None,
) -> None:
    """Record the methods of a continuous distribution of SciPy's, given its standard form.

    By default, the density and the logarithms are computed from the other functions.
    """
    names = ("x", *parameters, "loc", "scale")

    def record(method: str, function: Callable[..., Tensor], scaled: Scaled) -> None:
        def call(args: Sequence[Any], options: Mapping[str, Any], where_: str) -> Tensor:
            given, standard = bound(where_, names, args, options)
            x, *own, loc, scale = given
            return (
                function(x, *own) if standard else scaled(function((x - loc) / scale, *own), scale)
            )

        record_as(distribution, method, call)

    record("logpdf", logpdf, lambda value, scale: value - log(scale))
    record("pdf", pdf or exp_of(logpdf), lambda value, scale: _positive(scale, value / scale))
    for name, function in (
        ("cdf", cdf),
        ("sf", sf),
        ("logcdf", logcdf or log_of(cdf, sf)),
        ("logsf", logsf or log_of(sf, cdf)),
    ):
        record(name, function, lambda value, scale: _positive(scale, value))


Scaled = Callable[[Tensor, Tensor], Tensor]
"""The value of a function for a scale, from its value in standard form."""


def _positive(scale: Tensor, value: Tensor) -> Tensor:
    return where(scale > 0.0, value, np.nan)


def exp_of(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The exponential of a function."""
    return lambda *operands: exp(function(*operands))


def log_of(
    function: Callable[..., Tensor], complement: Callable[..., Tensor]
) -> Callable[..., Tensor]:
    """The logarithm of a probability; near 1, from the complement, which has the digits."""

    def logarithm(*operands: Tensor) -> Tensor:
        value = function(*operands)
        large = value > 0.5
        rest = where(large, complement(*operands), 0.0)
        return where(large, log1p(-rest), log(where(large, 1.0, value)))

    return logarithm


def record_as(distribution: Any, method: str, function: Method) -> None:
    """Record a method of a distribution by a function of its arguments, options and full name."""
    where_ = f"scipy.stats.{distribution.name}.{method}"

    def record(*args: Any, **options: Any) -> Tensor:
        return function(args, options, where_)

    record.__name__ = record.__qualname__ = method
    record.__doc__ = f"`{where_}`, recorded."
    provides(f"{distribution.name}.{method}", getattr(distribution, method))(record)


def bound(
    where_: str, names: Sequence[str], args: Sequence[Any], options: Mapping[str, Any]
) -> tuple[list[Tensor], bool]:
    """The arguments in the order of `names`, and whether location and scale were left out.

    Raises OptionError for those that are missing, unknown, or given twice.
    """
    given: dict[str, Operand] = dict(zip(names, args, strict=False))
    twice = given.keys() & options.keys()
    unknown = options.keys() - set(names)
    if len(args) > len(names) or twice or unknown:
        got = [*sorted(twice | unknown)] or [shown(arg) for arg in args[len(names) :]]
        raise OptionError(where_, expected=f"arguments {', '.join(names)}", got=", ".join(got))
    given.update(options)
    plain = given.keys().isdisjoint(("loc", "scale"))
    given = {"loc": 0.0, **({"scale": 1.0} if "scale" in names else {}), **given}
    missing = [name for name in names if name not in given]
    if missing:
        raise OptionError(
            where_, expected=f"arguments {', '.join(names)}", got=f"none for {', '.join(missing)}"
        )
    return lift_together(*(given[name] for name in names)), plain
