"""Distributions of vectors: multivariate normal, and Dirichlet."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from chainrule.errors import DifferentiationError, DomainError, OptionError, ShapeError
from chainrule.graph import Array
from chainrule.ops.define import lift_together
from chainrule.ops.elementwise import exp, square, where
from chainrule.ops.linalg import matmul, slogdet, solve
from chainrule.ops.reductions import sum
from chainrule.ops.registry import provides
from chainrule.ops.shapes import concatenate, expand_dims, reshape, squeeze, transpose
from chainrule.ops.special import gammaln, xlogy
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["dirichlet_logpdf", "dirichlet_pdf", "normal_entropy", "normal_logpdf", "normal_pdf"]

LN_2_PI = math.log(2.0 * math.pi)
NORMAL, DIRICHLET = "scipy.stats.multivariate_normal", "scipy.stats.dirichlet"


def _parameters(mean: Operand | None, cov: Operand) -> tuple[Tensor, Tensor]:
    """The mean as a vector and the covariance as a matrix, as SciPy reads them."""
    given = mean is not None
    mean, cov = lift_together(0.0 if mean is None else mean, cov)
    length = mean.size if given else cov.shape[0] if cov.ndim == 2 else 1
    if mean.ndim > 1:
        raise ShapeError(NORMAL, expected="a vector as mean", got=f"shape {mean.shape}")
    if cov.shape in ((), (1,), (length,)):
        cov = expand_dims(cov, -1) * np.eye(length, dtype=cov.dtype)
    if cov.shape != (length, length):
        raise ShapeError(
            NORMAL,
            expected=f"a covariance of shape ({length}, {length}) for the mean",
            got=f"shape {cov.shape}",
        )
    return mean + np.zeros(length, mean.dtype), cov


def _spectrum(cov: Tensor, allow_singular: bool) -> tuple[Array, Array, float] | None:
    """Of a singular matrix: its eigenvalues, eigenvectors, and what counts as 0; else None.

    Raises DomainError for a matrix that is no covariance, or singular where that is not allowed.
    """
    if cov.node.value is None:
        return None
    values, vectors = np.linalg.eigh(cov.value.astype(np.result_type(cov.dtype, np.float32)))
    factor = 1e3 if cov.dtype == np.float32 else 1e6  # SciPy's
    smallest = factor * float(np.finfo(values.dtype).eps) * float(np.max(np.abs(values)))
    if values.min() < -smallest or not np.isfinite(values).all():
        raise DomainError(
            NORMAL,
            expected="a symmetric, positive definite covariance",
            got=f"one with the eigenvalue {values.min():.3g}",
        )
    if values.min() > smallest:
        return None
    if not allow_singular:
        raise DomainError(
            NORMAL,
            expected="a covariance that can be inverted",
            got="a singular one",
            remedy="pass allow_singular=True for a density on the subspace",
        )
    if not cov.node.constant:
        raise DifferentiationError(
            NORMAL,
            expected="a constant covariance where it is singular",
            got="one that is differentiated, and its rank jumps there",
            remedy="pass its value, or one that can be inverted",
        )
    return values, vectors, smallest


def _normal_logpdf(x: Operand, mean: Operand | None, cov: Operand, allow_singular: bool) -> Tensor:
    mean, cov = _parameters(mean, cov)
    x, length = lift(x), mean.size
    if length == 1:  # every entry is a point
        x = expand_dims(x, -1)
    elif not x.ndim or x.shape[-1] != length:
        raise ShapeError(
            NORMAL, expected=f"points of {length} numbers along the last axis", got=f"{x.shape}"
        )
    away = x - mean
    singular = _spectrum(cov, allow_singular)
    if singular is None:
        columns = transpose(reshape(away, (-1, length)))  # one system for all points
        distance = reshape(sum(solve(cov, columns) * columns, 0), away.shape[:-1])
        found = -0.5 * (length * LN_2_PI + slogdet(cov)[1] + distance)
    else:
        values, vectors, smallest = singular
        kept = values > smallest
        scaled = matmul(away, vectors[:, kept] / np.sqrt(values[kept]))
        rank, logdet = int(kept.sum()), float(np.log(values[kept]).sum())
        found = -0.5 * (rank * LN_2_PI + logdet + sum(square(scaled), -1))
        outside = sum(square(matmul(away, vectors[:, ~kept])), -1)
        found = where(outside < smallest**2, found, -np.inf)
    ones = tuple(i for i, n in enumerate(found.shape) if n == 1)  # as SciPy does
    return squeeze(found, ones) if ones else found


@provides("multivariate_normal.logpdf", stats.multivariate_normal.logpdf)
def normal_logpdf(
    x: Operand, mean: Operand | None = None, cov: Operand = 1, allow_singular: bool = False
) -> Tensor:
    """−½·(n·ln 2π + ln |Σ| + (x − μ)ᵀ Σ⁻¹ (x − μ)), points along the last axis of x.

    A singular covariance is a constant.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.scipy import stats
    >>> round(stats.multivariate_normal.logpdf(cr.variable([0.0, 0.0]), cov=np.eye(2)), 9)
    Tensor(-1.837877066)
    """
    return _normal_logpdf(x, mean, cov, allow_singular)


@provides("multivariate_normal.pdf", stats.multivariate_normal.pdf)
def normal_pdf(
    x: Operand, mean: Operand | None = None, cov: Operand = 1, allow_singular: bool = False
) -> Tensor:
    """e^logpdf: see `normal_logpdf`.

    >>> import numpy as np, chainrule as cr
    >>> from chainrule.scipy import stats
    >>> round(stats.multivariate_normal.pdf(cr.variable([0.0, 0.0]), cov=np.eye(2)), 9)
    Tensor(0.159154943)
    """
    return exp(_normal_logpdf(x, mean, cov, allow_singular))


@provides("multivariate_normal.entropy", stats.multivariate_normal.entropy)
def normal_entropy(mean: Operand | None = None, cov: Operand = 1) -> Tensor:
    """½·(n·(1 + ln 2π) + ln |Σ|), whatever the mean is.

    >>> import chainrule as cr
    >>> from chainrule.scipy import stats
    >>> round(stats.multivariate_normal.entropy(cov=cr.variable([[1.0, 0.0], [0.0, 1.0]])), 9)
    Tensor(2.837877066)
    """
    mean, cov = _parameters(mean, cov)
    _spectrum(cov, allow_singular=False)
    return 0.5 * (mean.size * (1.0 + LN_2_PI) + slogdet(cov)[1])


def _dirichlet_logpdf(x: Operand, alpha: Operand) -> Tensor:
    x, alpha = lift_together(x, alpha)
    if alpha.ndim != 1 or not x.ndim or x.shape[0] - alpha.shape[0] not in (0, -1):
        raise ShapeError(
            DIRICHLET,
            expected="alpha of K numbers, and K or K - 1 shares along the first axis of x",
            got=f"shapes {alpha.shape} and {x.shape}",
        )
    if x.shape[0] < alpha.shape[0]:
        x = concatenate([x, expand_dims(1.0 - sum(x, 0), 0)], 0)
    if x.node.value is not None and alpha.node.value is not None:
        _check_shares(x.value, alpha.value)
    normalizer = sum(gammaln(alpha)) - gammaln(sum(alpha))
    exponents = reshape(alpha - 1.0, (-1, *(1 for _ in x.shape[1:])))
    return sum(xlogy(exponents, x), 0) - normalizer


def _check_shares(x: Array, alpha: Array) -> None:
    if not (alpha > 0).all():
        raise OptionError(DIRICHLET, expected="alpha above 0", got=f"{alpha.min()}")
    if x.min() < 0 or (x == 0)[alpha < 1].any():
        raise OptionError(DIRICHLET, expected="shares above 0", got=f"{x.min()}")
    if (np.abs(np.sum(x, 0) - 1.0) > 1e-9).any():  # SciPy's bound
        got = f"{np.sum(x, 0).flat[0]}"
        raise OptionError(DIRICHLET, expected="shares whose sum is 1", got=got)


@provides("dirichlet.logpdf", stats.dirichlet.logpdf)
def dirichlet_logpdf(x: Operand, alpha: Operand) -> Tensor:
    """Σ (αᵢ − 1)·ln xᵢ + ln Γ(Σ αᵢ) − Σ ln Γ(αᵢ), shares xᵢ along the first axis.

    >>> import chainrule as cr
    >>> from chainrule.scipy import stats
    >>> round(stats.dirichlet.logpdf(cr.variable([0.5, 0.5]), [2.0, 2.0]), 9)
    Tensor(0.405465108)
    """
    return _dirichlet_logpdf(x, alpha)


@provides("dirichlet.pdf", stats.dirichlet.pdf)
def dirichlet_pdf(x: Operand, alpha: Operand) -> Tensor:
    """e^logpdf: see `dirichlet_logpdf`.

    >>> import chainrule as cr
    >>> from chainrule.scipy import stats
    >>> round(stats.dirichlet.pdf(cr.variable([0.5, 0.5]), [2.0, 2.0]), 9)
    Tensor(1.5)
    """
    return exp(_dirichlet_logpdf(x, alpha))
