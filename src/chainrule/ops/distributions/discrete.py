"""The Poisson distribution: probabilities of whole numbers k, differentiated by the mean μ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from chainrule.ops.distributions.methods import Method, bound, exp_of, log_of, record_as
from chainrule.ops.elementwise import floor, where
from chainrule.ops.special import gamma_log_density, gammainc, gammaincc
from chainrule.ops.tensor import Tensor

__all__: list[str] = []

OfTwo = Callable[[Tensor, Tensor], Tensor]


def _logpmf(k: Tensor, mu: Tensor) -> Tensor:
    """k·ln μ − μ − ln k!, and −∞ where k is no whole number from 0 on."""
    inside = (k >= 0.0) & (k == floor(k))
    k = where(inside, k, 0.0)
    return where(inside, gamma_log_density(mu, k + 1.0), -np.inf)


def _up_to(function: OfTwo, none: float) -> OfTwo:
    """A function of ⌊k⌋ + 1 and μ, with its value for negative k."""

    def extended(k: Tensor, mu: Tensor) -> Tensor:
        k = floor(k)
        inside = k >= 0.0
        return where(inside, function(where(inside, k, 0.0) + 1.0, mu), none)

    return extended


def _of_poisson(function: OfTwo) -> Method:
    def record(args: Sequence[Any], options: Mapping[str, Any], where_: str) -> Tensor:
        (k, mu, loc), plain = bound(where_, ("k", "mu", "loc"), args, options)
        return where(mu >= 0.0, function(k if plain else k - loc, mu), np.nan)

    return record


_cdf, _sf = _up_to(gammaincc, 0.0), _up_to(gammainc, 1.0)

record_as(stats.poisson, "logpmf", _of_poisson(_logpmf))
record_as(stats.poisson, "pmf", _of_poisson(exp_of(_logpmf)))
record_as(stats.poisson, "cdf", _of_poisson(_cdf))
record_as(stats.poisson, "sf", _of_poisson(_sf))
record_as(stats.poisson, "logcdf", _of_poisson(log_of(_cdf, _sf)))
record_as(stats.poisson, "logsf", _of_poisson(log_of(_sf, _cdf)))
