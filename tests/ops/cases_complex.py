"""Calls of primitives on complex numbers, with JAX's functions to compare with.

Every primitive that takes complex numbers has one here; `test_complex.py` asserts it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import jax

jax.config.update("jax_enable_x64", True)  # before any case makes an array

import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402
from scipy import special  # noqa: E402

import chainrule as cr  # noqa: E402
from chainrule.ops.define import apply  # noqa: E402
from chainrule.ops.fft import fft, irfft  # noqa: E402
from chainrule.ops.registry import PRIMITIVES  # noqa: E402
from chainrule.ops.tensor import lift  # noqa: E402

Function = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Case:
    """A call at a point where the function is smooth, of complex numbers or also of real ones.

    `oracle` is JAX's function; if it is None, `value` is NumPy's, and derivatives are compared with
    central differences only.  `flat` means that no gradient flows.
    """

    primitive: str
    function: Function
    oracle: Function | None
    args: tuple[Any, ...]
    value: Function | None = None
    flat: bool = False

    def __str__(self) -> str:
        kinds = (f"{np.asarray(arg).dtype.kind}{np.shape(arg)}" for arg in self.args)
        return f"{self.primitive} {' '.join(kinds)}"


def numbers(shape: tuple[int, ...], kind: str, seed: int = 0) -> Any:
    """Generic numbers: real ones between 0.3 and 0.9, complex ones with both parts there."""
    rng = np.random.default_rng([seed, *shape])
    real = rng.uniform(0.3, 0.9, shape)
    return real + 1j * rng.uniform(0.3, 0.9, shape) if kind == "c" else real


def unary(name: str, function: Function, oracle: Function | None, **options: Any) -> list[Case]:
    """Cases in all four quadrants."""
    corners = np.array([1 + 1j, -1 + 1j, -1 - 1j, 1 - 1j])
    z = numbers((4,), "c")
    spread = corners.real * z.real + 1j * corners.imag * z.imag
    return [Case(name, function, oracle, (spread.reshape(2, 2),), **options)]


def binary(name: str, function: Function, oracle: Function | None, **options: Any) -> list[Case]:
    """Cases of two operands, of which one or both are complex, and which broadcast."""
    given = [("cc", (2, 3), (2, 3)), ("cr", (), (3,)), ("rc", (), (3,)), ("rc", (2, 1), (1, 2))]
    return [
        Case(name, function, oracle, (numbers(a, i, 1), numbers(b, j, 2)), **options)
        for (i, j), a, b in given
    ]


def array(name: str, function: Function, oracle: Function | None, *shapes: Any, **options: Any):
    """One case with a complex argument of each shape."""
    args = tuple(numbers(shape, "c", seed) for seed, shape in enumerate(shapes))
    return [Case(name, function, oracle, args, **options)]


def mixed(name: str, function: Function, oracle: Function | None, *shapes: Any) -> list[Case]:
    """Cases in which some or all arguments are complex."""
    return [
        Case(
            name,
            function,
            oracle,
            tuple(numbers(s, k, i) for i, (s, k) in enumerate(zip(shapes, kinds, strict=True))),
        )
        for kinds in product("cr", repeat=len(shapes))
        if "c" in kinds
    ]


X, INDEX = (2, 3), np.array([0, 1, 0])
MASK = np.array([[True, False, True], [False, True, True]])


def _of(name: str, **params: Any) -> Function:
    """The primitive itself."""
    return lambda *args: apply(PRIMITIVES[name], *map(lift, args), **params)


def _arccosh(x: Any) -> Any:
    """JAX's own has a derivative of the wrong sign where Re x < 0."""
    return jnp.log(x + jnp.sqrt(x + 1.0) * jnp.sqrt(x - 1.0))


def _einsum(a: Any, b: Any) -> Any:
    return np.einsum("ij,kj->ik", lift(a), lift(b))


def _erfc(x: Any) -> Any:
    return special.erfc(lift(x))


def _sign_of_determinant(x: Any) -> Any:
    return np.linalg.slogdet(x)[0]


def _nuclear(x: Any) -> Any:
    return jnp.sum(jnp.linalg.svd(x, compute_uv=False))


def _from_svd(svd: Any) -> Function:
    """A function that does not depend on the phases of singular vectors."""

    def function(x: Any) -> Any:
        u, s, vh = svd(x, full_matrices=False)
        return (u * (s**2)[..., None, :]) @ vh

    return function


def _from_eigh(eigh: Any, exp: Any) -> Function:
    """The exponential of a Hermitian matrix, of which one triangle is read."""

    def function(x: Any, uplo: str) -> Any:
        values, v = eigh(x, uplo)
        return (v * exp(values)) @ v.T.conj()

    return function


def _gram(x: Any) -> Any:
    """A positive definite Hermitian matrix."""
    return x @ x.conj().swapaxes(-1, -2) + np.eye(x.shape[-1], dtype=x.dtype)


def _eigvals(x: Any) -> Any:
    return np.linalg.eigvals(lift(x))


def _sizes_of_vectors(x: Any) -> Any:
    return cr.abs(np.linalg.eig(lift(x))[1])


def _windows(x: Any) -> Any:
    return jnp.stack([x[..., i : i + 2] for i in range(x.shape[-1] - 1)], axis=-2)


def _folded(g: Any) -> Any:
    out = jnp.zeros(g.shape[-2] + 1, g.dtype)
    return out.at[:-1].add(g[:, 0]).at[1:].add(g[:, 1])


def _scanned(c: Any, x: Any) -> Any:
    return cr.scan(lambda c, x: (c * x + 1.0, c * c), c, x)


CASES: list[Case] = [
    *unary("exp", cr.exp, jnp.exp),
    *unary("log", cr.log, jnp.log),
    *unary("log1p", cr.log1p, jnp.log1p),
    *unary("expm1", cr.expm1, jnp.expm1),
    *unary("exp2", cr.exp2, lambda x: jnp.exp(x * jnp.log(2.0))),
    *unary("log2", cr.log2, lambda x: jnp.log(x) / jnp.log(2.0)),
    *unary("log10", cr.log10, lambda x: jnp.log(x) / jnp.log(10.0)),
    *unary("sin", cr.sin, jnp.sin),
    *unary("cos", cr.cos, jnp.cos),
    *unary("tan", cr.tan, jnp.tan),
    *unary("arcsin", cr.arcsin, jnp.arcsin),
    *unary("arccos", cr.arccos, jnp.arccos),
    *unary("arctan", cr.arctan, jnp.arctan),
    *unary("sinh", cr.sinh, jnp.sinh),
    *unary("cosh", cr.cosh, jnp.cosh),
    *unary("tanh", cr.tanh, jnp.tanh),
    *unary("arcsinh", cr.arcsinh, jnp.arcsinh),
    *unary("arccosh", cr.arccosh, _arccosh),
    *array("exp", cr.exp, jnp.exp, ()),
    *array("exp", cr.exp, jnp.exp, (0, 2)),
    *unary("arctanh", cr.arctanh, jnp.arctanh),
    *unary("erf", cr.erf, None, value=special.erf),
    *unary("neg", cr.neg, jnp.negative),
    *unary("square", cr.square, jnp.square),
    *unary("sqrt", cr.sqrt, jnp.sqrt),
    *unary("abs", cr.abs, jnp.abs),
    *unary("abs", cr.sign, None, value=np.sign),
    *unary("real", cr.real, jnp.real),
    *unary("imag", cr.imag, jnp.imag),
    *unary("conj", cr.conj, jnp.conj),
    *unary("angle", cr.angle, jnp.angle),
    *unary("logical_not", cr.logical_not, jnp.logical_not, flat=True),
    *[
        case
        for exponent in (2, 3.0, -1.5, 0.5, 1, -1, 0)
        for case in unary(
            "constant_power",
            lambda x, e=exponent: cr.power(lift(x), e),
            lambda x, e=exponent: jnp.power(x, e),
        )
    ],
    *binary("add", cr.add, jnp.add),
    *binary("sub", cr.sub, jnp.subtract),
    *binary("mul", cr.mul, jnp.multiply),
    *binary("div", cr.div, jnp.divide),
    *binary("pow", cr.power, jnp.power),
    Case(
        "pow",
        cr.power,
        None,
        (np.array([0.0, -2.0]), np.array([4.0 + 1.0j, 0.5 - 1.0j])),
        value=lambda x, y: np.power(x.astype(complex), y),
    ),
    *binary("maximum", cr.maximum, None, value=np.maximum),
    *binary("minimum", cr.minimum, None, value=np.minimum),
    *binary("less", cr.less, None, value=np.less, flat=True),
    *binary("less_equal", cr.less_equal, None, value=np.less_equal, flat=True),
    *binary("greater", cr.greater, None, value=np.greater, flat=True),
    *binary("greater_equal", cr.greater_equal, None, value=np.greater_equal, flat=True),
    *binary("equal", cr.equal, jnp.equal, flat=True),
    *binary("not_equal", cr.not_equal, jnp.not_equal, flat=True),
    *binary("logical_and", cr.logical_and, jnp.logical_and, flat=True),
    *binary("logical_or", cr.logical_or, jnp.logical_or, flat=True),
    *binary("logical_xor", cr.logical_xor, jnp.logical_xor, flat=True),
    *mixed("where", lambda x, y: cr.where(MASK, x, y), lambda x, y: jnp.where(MASK, x, y), X, X),
    *array("reshape", lambda x: cr.reshape(x, (3, 2)), lambda x: jnp.reshape(x, (3, 2)), X),
    *array("transpose", cr.transpose, jnp.transpose, X),
    *array(
        "broadcast_to",
        lambda x: cr.broadcast_to(x, (2, 2, 3)),
        lambda x: jnp.broadcast_to(x, (2, 2, 3)),
        (2, 1, 3),
    ),
    *mixed(
        "concatenate",
        lambda *parts: cr.concatenate(parts, axis=1),
        lambda *parts: jnp.concatenate(parts, axis=1),
        X,
        (2, 1),
    ),
    *mixed("stack", lambda *p: cr.stack(p, axis=1), lambda *p: jnp.stack(p, axis=1), X, X),
    *array(
        "pad",
        lambda x: cr.pad(x, ((1, 0), (2, 1)), constant_values=2.0),
        lambda x: jnp.pad(x, ((1, 0), (2, 1)), constant_values=2.0),
        X,
    ),
    *array("copy", _of("copy"), lambda x: x, X),
    *array("stop_gradient", cr.stop_gradient, jax.lax.stop_gradient, X, flat=True),
    Case(
        "astype",
        lambda x: cr.astype(x, complex) * 1j,
        lambda x: x.astype(complex) * 1j,
        (numbers(X, "r"),),
    ),
    *array("astype", lambda x: cr.astype(x, np.complex64), lambda x: x.astype(np.complex64), X),
    *array("sum", lambda x: cr.sum(x, 0), lambda x: jnp.sum(x, 0), X),
    *array("sum", cr.sum, jnp.sum, X),
    *array("mean", lambda x: cr.mean(x, 0, True), lambda x: jnp.mean(x, 0, keepdims=True), X),
    *array("var", lambda x: cr.var(x, 1), lambda x: jnp.var(x, 1), X),
    *array("var", lambda x: cr.std(x, 1, ddof=1), lambda x: jnp.std(x, 1, ddof=1), X),
    *array("max", lambda x: cr.max(x, 1), None, X, value=lambda x: np.max(x, 1)),
    *array("min", lambda x: cr.min(x, 0), None, X, value=lambda x: np.min(x, 0)),
    *array("prod", lambda x: cr.prod(x, 1), lambda x: jnp.prod(x, 1), X),
    *array("cumsum", lambda x: cr.cumsum(x, 1), lambda x: jnp.cumsum(x, 1), X),
    *array("centred", _of("centred", axis=(1,)), lambda x: x - jnp.mean(x, 1, keepdims=True), X),
    *array("getitem", lambda x: lift(x)[:, INDEX], lambda x: x[:, INDEX], X),
    *array("getitem", lambda x: lift(x)[1, ::-1], lambda x: x[1, ::-1], X),
    *mixed(
        "put_add",
        _of("put_add", indices=((0,), (1,)), shape=X),
        lambda a, b: jnp.zeros(X, complex).at[0].add(a).at[1].add(b),
        (3,),
        (3,),
    ),
    *mixed("matmul", cr.matmul, jnp.matmul, X, (3, 2)),
    *mixed("matmul", cr.vdot, jnp.vdot, (4,), (4,)),
    *mixed("cross", cr.cross, jnp.cross, (3,), (2, 3)),
    *mixed("mul", cr.vecdot, lambda a, b: jnp.sum(jnp.conj(a) * b, -1), X, (3,)),
    *mixed("einsum", _einsum, lambda a, b: jnp.einsum("ij,kj->ik", a, b), X, (4, 3)),
    *array("einsum", lambda a: np.einsum("ii->i", lift(a)), jnp.diag, (3, 3)),
    *array("inv", cr.inv, jnp.linalg.inv, (2, 3, 3)),
    *array("det", cr.det, jnp.linalg.det, (2, 3, 3)),
    *array("slogdet", lambda x: cr.slogdet(x)[1], lambda x: jnp.linalg.slogdet(x)[1], (3, 3)),
    *array("slogdet", lambda x: cr.slogdet(x)[0], None, (3, 3), value=_sign_of_determinant),
    # matrices that are small enough for central differences
    *array("slogdet", lambda x: cr.slogdet(x)[0], None, (2, 2), value=_sign_of_determinant),
    *array(
        "slogdet",
        lambda x: operator.mul(*cr.slogdet(x)),
        None,
        (2, 2),
        value=lambda x: np.prod(np.linalg.slogdet(x)),
    ),
    *array("pinv", cr.pinv, jnp.linalg.pinv, (4, 2)),
    *array("pinv", cr.pinv, jnp.linalg.pinv, (2, 3)),
    *[
        case
        for shape in ((3, 3), (4, 2), (2, 3))
        for case in [
            *array("svd", _from_svd(cr.svd), _from_svd(jnp.linalg.svd), shape),
            *array("svd", lambda x: cr.norm(x, "nuc"), _nuclear, shape),
        ]
    ],
    *array("eig", _sizes_of_vectors, None, (3, 3), value=lambda x: np.abs(np.linalg.eig(x)[1])),
    *array("eig", _eigvals, None, (2, 3, 3), value=np.linalg.eigvals),
    *array("eig", _sizes_of_vectors, None, (2, 2), value=lambda x: np.abs(np.linalg.eig(x)[1])),
    *[
        case
        for triangle in ("L", "U")
        for shape in ((3, 3), (2, 2))
        for case in array(
            "eigh",
            lambda x, uplo=triangle: _from_eigh(cr.eigh, cr.exp)(x, uplo),
            None,
            shape,
            value=lambda x, uplo=triangle: _from_eigh(np.linalg.eigh, np.exp)(x, uplo),
        )
    ],
    *mixed("solve", cr.solve, jnp.linalg.solve, (3, 3), (3, 2)),
    *[
        case
        for upper in (False, True)
        for shape in ((3, 3), (2, 2, 2))
        for case in array(
            "cholesky",
            lambda x, upper=upper: cr.cholesky(_gram(lift(x)), upper=upper),
            lambda x, upper=upper: jnp.linalg.cholesky(_gram(x), upper=upper),
            shape,
        )
    ],
    *[
        case
        for part in (0, 1)
        for shape in ((3, 3), (4, 2), (2, 3, 2))
        for case in array(
            "qr",
            lambda x, part=part: cr.qr(x)[part],
            lambda x, part=part: jnp.linalg.qr(x)[part],
            shape,
        )
    ],
    *array("qr", lambda x: cr.qr(x).R, lambda x: jnp.linalg.qr(x)[1], (2, 3)),
    *unary("sinc", lambda z: np.sinc(lift(z)), jnp.sinc),
    *unary("sinc", lambda z: np.sinc(lift(2.0 * z)), lambda z: jnp.sinc(2.0 * z)),
    *array("abs", cr.norm, jnp.linalg.norm, X),
    *array("abs", lambda x: cr.norm(x, 3, 1), lambda x: jnp.linalg.norm(x, 3, 1), X),
    *array("abs", lambda x: cr.norm(x, "fro"), jnp.linalg.norm, X),
    *array("cumprod", lambda x: np.cumprod(lift(x), 1), lambda x: jnp.cumprod(x, 1), X),
    *array("argsort", lambda x: np.argsort(lift(x)), None, X, value=np.argsort, flat=True),
    *unary("erfc", _erfc, None, value=special.erfc),
    *mixed("matmul", cr.matmul, jnp.matmul, (2, 2, 3), (3,)),
    *mixed("matmul", cr.matmul, jnp.matmul, (3,), (3,)),
    *mixed("matmul", cr.matmul, jnp.matmul, (3,), (2, 3, 2)),
    *array("fft", fft, jnp.fft.fft, X),
    *array("irfft", irfft, jnp.fft.irfft, X),
    *array("unfold", lambda x: cr.unfold(x, 2), _windows, X),
    *array("fold", lambda g: cr.fold(g, 4), _folded, (3, 2)),
    *mixed(
        "scan",
        lambda c, x: _scanned(lift(c).astype(complex), x)[1],
        lambda c, x: jax.lax.scan(lambda c, x: (c * x + 1.0, c * c), c.astype(complex), x)[1],
        (),
        (3,),
    ),
]
