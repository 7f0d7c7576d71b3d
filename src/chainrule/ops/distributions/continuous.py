"""Continuous distributions: normal, Student's t, gamma, beta and χ²."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from chainrule.ops.distributions.methods import Method, Standard, bound, location_scale, record_as
from chainrule.ops.elementwise import exp, log, log1p, normal_cdf, power, square, where
from chainrule.ops.special import (
    beta_log_density,
    betainc,
    betaincc,
    betaln,
    gamma_log_density,
    gammainc,
    gammaincc,
    gammaln,
    log_ndtr,
    ndtri,
    stdtr,
)
from chainrule.ops.tensor import Tensor

__all__: list[str] = []

LN_2, HALF_LN_2_PI = math.log(2.0), math.log(2.0 * math.pi) / 2.0

location_scale(
    stats.norm,
    logpdf=lambda z: -0.5 * square(z) - HALF_LN_2_PI,
    cdf=normal_cdf,
    sf=lambda z: normal_cdf(-z),
    logcdf=log_ndtr,
    logsf=lambda z: log_ndtr(-z),
)


def _normal_quantile(sign: float) -> Method:
    def quantile(args: Sequence[Any], options: Mapping[str, Any], where_: str) -> Tensor:
        (q, loc, scale), _ = bound(where_, ("q", "loc", "scale"), args, options)
        return where(scale > 0.0, loc + scale * (sign * ndtri(q)), np.nan)

    return quantile


record_as(stats.norm, "ppf", _normal_quantile(1.0))
record_as(stats.norm, "isf", _normal_quantile(-1.0))


def _student_logpdf(t: Tensor, df: Tensor) -> Tensor:
    """−(n + 1)/2·ln(1 + t²/n) − ½·ln n − ln B(n/2, ½), with n degrees of freedom."""
    normalizer = 0.5 * log(df) + betaln(0.5 * df, 0.5)
    return -(0.5 * (df + 1.0)) * log1p(square(t) / df) - normalizer


location_scale(
    stats.t,
    "df",
    logpdf=_student_logpdf,
    cdf=lambda t, df: stdtr(df, t),
    sf=lambda t, df: stdtr(df, -t),
)


def _above_0(function: Callable[[Tensor, Tensor], Tensor], otherwise: float) -> Standard:
    """A function of positive numbers, with its value elsewhere; nothing is computed there."""

    def extended(z: Tensor, parameter: Tensor) -> Tensor:
        inside = z >= 0.0
        return where(inside, function(where(inside, z, 1.0), parameter), otherwise)

    return extended


def _gamma_pdf(z: Tensor, a: Tensor) -> Tensor:
    """zᵃ⁻¹·e⁻ᶻ / Γ(a); by its logarithm except at 0, where that is infinite."""
    end = z == 0.0
    z_0, z_1 = where(end, z, 1.0), where(end, 1.0, z)
    at_end = power(z_0, a - 1.0) * exp(-z_0 - gammaln(a))
    return where(end, at_end, exp(gamma_log_density(z_1, a)))


location_scale(
    stats.gamma,
    "a",
    pdf=_above_0(_gamma_pdf, 0.0),
    logpdf=_above_0(gamma_log_density, -np.inf),
    cdf=_above_0(lambda z, a: gammainc(a, z), 0.0),
    sf=_above_0(lambda z, a: gammaincc(a, z), 1.0),
)


def _chi_squared_logpdf(z: Tensor, df: Tensor) -> Tensor:
    """(n/2 − 1)·ln z − z/2 − ln Γ(n/2) − n/2·ln 2, with n degrees of freedom."""
    return gamma_log_density(0.5 * z, 0.5 * df) - LN_2


location_scale(
    stats.chi2,
    "df",
    pdf=_above_0(lambda z, df: 0.5 * _gamma_pdf(0.5 * z, 0.5 * df), 0.0),
    logpdf=_above_0(_chi_squared_logpdf, -np.inf),
    cdf=_above_0(lambda z, df: gammainc(0.5 * df, 0.5 * z), 0.0),
    sf=_above_0(lambda z, df: gammaincc(0.5 * df, 0.5 * z), 1.0),
)


def _from_0_to_1(
    function: Callable[[Tensor, Tensor, Tensor], Tensor], below: float, above: float
) -> Standard:
    """A function of numbers between 0 and 1, with its values elsewhere."""

    def extended(z: Tensor, a: Tensor, b: Tensor) -> Tensor:
        low, high = z < 0.0, z > 1.0
        inner = function(where(low, 0.5, where(high, 0.5, z)), a, b)
        return where(low, below, where(high, above, inner))

    return extended


def _beta_pdf(z: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """zᵃ⁻¹·(1 − z)ᵇ⁻¹ / B(a, b); by its logarithm except at 0 and 1, where that is infinite."""
    end = (z == 0.0) | (z == 1.0)
    outer, inner = where(end, z, 0.5), where(end, 0.5, z)
    at_end = power(outer, a - 1.0) * power(1.0 - outer, b - 1.0) * exp(-betaln(a, b))
    return where(end, at_end, exp(beta_log_density(inner, a, b)))


location_scale(
    stats.beta,
    "a",
    "b",
    pdf=_from_0_to_1(_beta_pdf, 0.0, 0.0),
    logpdf=_from_0_to_1(beta_log_density, -np.inf, -np.inf),
    cdf=_from_0_to_1(lambda z, a, b: betainc(a, b, z), 0.0, 1.0),
    sf=_from_0_to_1(lambda z, a, b: betaincc(a, b, z), 1.0, 0.0),
)
