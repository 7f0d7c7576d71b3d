"""A call of every function of the standard, with the same meaning in NumPy's namespace and in ours.

`xp` is the namespace and `to` turns an array into one of that namespace.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["CALLS"]

Call = Callable[[Any, Callable[[Any], Any]], Any]

FLOATS = np.array([[0.75, 0.1, 0.5], [0.3, 0.9, 0.2]])
OTHERS = np.array([[0.25, 0.8, 0.5], [0.6, 0.4, 0.7]])
VECTOR = np.array([0.3, -0.1, 0.7])
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
INTS = np.array([[3, -1, 2], [0, 5, 2]], np.int8)
COUNTS = np.array([[1, 0, 2], [3, 1, 0]], np.int8)
TRUTH = np.array([[True, False, True], [False, False, True]])
REPEATED = np.array([2, 1, 2, 3, 1, 2])
COMPLEX = FLOATS + 1j * OTHERS

UNARY = ["abs", "acos", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp"]
UNARY += ["expm1", "floor", "isfinite", "isinf", "isnan", "log", "log10", "log1p"]
UNARY += ["log2", "negative", "positive", "reciprocal", "round", "sign", "signbit"]
UNARY += ["sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc"]
BINARY = ["add", "atan2", "copysign", "divide", "equal", "floor_divide", "greater"]
BINARY += ["greater_equal", "hypot", "less", "less_equal", "logaddexp", "maximum"]
BINARY += ["minimum", "multiply", "nextafter", "not_equal", "pow", "remainder"]
BINARY += ["subtract"]
OF_TRUTH = ["logical_and", "logical_or", "logical_xor"]
OF_BITS = ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift"]
OF_BITS += ["bitwise_right_shift"]
REDUCTIONS = ["max", "mean", "min", "prod", "std", "sum", "var", "all", "any", "argmax"]
REDUCTIONS += ["argmin", "count_nonzero"]
OF_MATRICES = ["cholesky", "det", "eigh", "eigvalsh", "inv", "matrix_norm", "qr", "slogdet"]
OF_MATRICES += ["svd", "svdvals", "pinv"]
SETS = ["unique_all", "unique_counts", "unique_inverse"]
FOURIER = ["fft", "ifft", "fftn", "ifftn", "rfft", "rfftn", "irfft", "irfftn", "hfft"]
FOURIER += ["ihfft"]


def _of(name: str, *arrays: Any, **options: Any) -> Call:
    """A call of the function with arrays."""

    def call(xp: Any, to: Callable[[Any], Any]) -> Any:
        for part in name.split("."):
            xp = getattr(xp, part)
        return xp(*map(to, arrays), **options)

    return call


CALLS: dict[str, Call] = {
    **{name: _of(name, FLOATS) for name in UNARY},
    **{name: _of(name, FLOATS, OTHERS) for name in BINARY},
    **{name: _of(name, TRUTH, TRUTH[::-1]) for name in OF_TRUTH},
    **{name: _of(name, INTS, COUNTS) for name in OF_BITS},
    **{name: _of(name, FLOATS, axis=1, keepdims=True) for name in REDUCTIONS},
    **{f"linalg.{name}": _of(f"linalg.{name}", SQUARE) for name in OF_MATRICES},
    **{name: _of(name, REPEATED) for name in SETS},
    **{f"fft.{name}": _of(f"fft.{name}", FLOATS) for name in FOURIER},
    **{name: _of(name, COMPLEX) for name in ("conj", "imag", "real")},
    "acosh": _of("acosh", 1.0 + FLOATS),
    "logical_not": _of("logical_not", TRUTH),
    "bitwise_invert": _of("bitwise_invert", INTS),
    "clip": lambda xp, to: xp.clip(to(FLOATS), 0.2, to(OTHERS)),
    # creation
    "arange": lambda xp, to: xp.arange(1, 7, 2, dtype=xp.float32),
    "asarray": lambda xp, to: xp.asarray([[1.0, 2.0], [3.0, 4.0]], dtype=xp.float32),
    "empty": lambda xp, to: xp.empty((0, 2), dtype=xp.int8),
    "empty_like": lambda xp, to: xp.empty_like(to(INTS[:0])),
    "eye": lambda xp, to: xp.eye(2, 3, k=1),
    "from_dlpack": lambda xp, to: xp.from_dlpack(FLOATS),
    "full": lambda xp, to: xp.full((2, 3), 4),
    "full_like": lambda xp, to: xp.full_like(to(INTS), 4),
    "linspace": lambda xp, to: xp.linspace(0.0, 1.0, 5, endpoint=False),
    "meshgrid": lambda xp, to: xp.meshgrid(to(VECTOR), to(REPEATED), indexing="xy"),
    "ones": lambda xp, to: xp.ones(3, dtype=xp.uint8),
    "ones_like": lambda xp, to: xp.ones_like(to(INTS), dtype=xp.float32),
    "tril": lambda xp, to: xp.tril(to(SQUARE), k=-1),
    "triu": lambda xp, to: xp.triu(to(SQUARE), k=1),
    "zeros": lambda xp, to: xp.zeros((2, 0)),
    "zeros_like": lambda xp, to: xp.zeros_like(to(INTS)),
    # dtypes
    "astype": lambda xp, to: xp.astype(to(FLOATS), xp.float32),
    "can_cast": lambda xp, to: xp.can_cast(xp.int8, xp.int16),
    "finfo": lambda xp, to: float(xp.finfo(xp.float32).eps),
    "iinfo": lambda xp, to: xp.iinfo(xp.int16).max,
    "isdtype": lambda xp, to: xp.isdtype(xp.int16, ("integral", xp.float32)),
    "result_type": lambda xp, to: xp.result_type(to(INTS), xp.float32, 1),
    "__array_namespace_info__": lambda xp, to: xp.__array_namespace_info__().default_device(),
    # manipulation
    "broadcast_arrays": lambda xp, to: xp.broadcast_arrays(to(VECTOR), to(FLOATS)),
    "broadcast_to": lambda xp, to: xp.broadcast_to(to(VECTOR), (2, 3)),
    "concat": lambda xp, to: xp.concat([to(FLOATS), to(INTS)], axis=1),
    "expand_dims": lambda xp, to: xp.expand_dims(to(VECTOR), axis=1),
    "flip": lambda xp, to: xp.flip(to(FLOATS), axis=1),
    "moveaxis": lambda xp, to: xp.moveaxis(to(FLOATS[None]), 0, 2),
    "permute_dims": lambda xp, to: xp.permute_dims(to(FLOATS), (1, 0)),
    "repeat": lambda xp, to: xp.repeat(to(VECTOR), to(np.array([2, 0, 1]))),
    "reshape": lambda xp, to: xp.reshape(to(FLOATS), (3, -1)),
    "roll": lambda xp, to: xp.roll(to(FLOATS), 1, axis=1),
    "squeeze": lambda xp, to: xp.squeeze(to(FLOATS[None]), axis=0),
    "stack": lambda xp, to: xp.stack([to(FLOATS), to(INTS)], axis=1),
    "tile": lambda xp, to: xp.tile(to(VECTOR), (2, 1)),
    "unstack": lambda xp, to: xp.unstack(to(FLOATS), axis=1),
    # selection, order and sums
    "argsort": lambda xp, to: xp.argsort(to(FLOATS), axis=0),
    "sort": lambda xp, to: xp.sort(to(FLOATS), axis=0),
    "unique_values": lambda xp, to: xp.sort(xp.unique_values(to(REPEATED))),  # in any order
    "nonzero": lambda xp, to: xp.nonzero(to(INTS)),
    "searchsorted": lambda xp, to: xp.searchsorted(to(np.sort(VECTOR)), to(OTHERS), side="right"),
    "take": lambda xp, to: xp.take(to(FLOATS), to(np.array([2, 0])), axis=1),
    "take_along_axis": lambda xp, to: xp.take_along_axis(to(FLOATS), to(COUNTS % 2), axis=0),
    "where": lambda xp, to: xp.where(to(TRUTH), to(FLOATS), 2.0),
    "cumulative_sum": lambda xp, to: xp.cumulative_sum(to(INTS), axis=1, include_initial=True),
    "cumulative_prod": lambda xp, to: xp.cumulative_prod(to(FLOATS), axis=0),
    "diff": lambda xp, to: xp.diff(to(FLOATS), n=2, axis=1, prepend=to(OTHERS)),
    # matrices
    **{
        f"{room}{name}": call
        for room in ("", "linalg.")
        for name, call in {
            "matmul": lambda xp, to: xp.matmul(to(FLOATS), to(SQUARE)),
            "matrix_transpose": lambda xp, to: xp.matrix_transpose(to(FLOATS)),
            "tensordot": lambda xp, to: xp.tensordot(to(FLOATS), to(OTHERS), axes=((1,), (1,))),
            "vecdot": lambda xp, to: xp.vecdot(to(FLOATS), to(OTHERS), axis=-1),
        }.items()
    },
    "linalg.cross": _of("linalg.cross", FLOATS, OTHERS),
    "linalg.diagonal": _of("linalg.diagonal", SQUARE, offset=1),
    "linalg.matrix_power": lambda xp, to: xp.linalg.matrix_power(to(SQUARE), -2),
    "linalg.matrix_rank": _of("linalg.matrix_rank", SQUARE),
    "linalg.outer": _of("linalg.outer", VECTOR, VECTOR),
    "linalg.solve": _of("linalg.solve", SQUARE, FLOATS.T),
    "linalg.trace": _of("linalg.trace", SQUARE),
    "linalg.vector_norm": _of("linalg.vector_norm", FLOATS, axis=1, ord=3),
    "fft.fftfreq": lambda xp, to: xp.fft.fftfreq(5, d=0.5),
    "fft.rfftfreq": lambda xp, to: xp.fft.rfftfreq(5, d=0.5),
    "fft.fftshift": _of("fft.fftshift", FLOATS, axes=1),
    "fft.ifftshift": _of("fft.ifftshift", FLOATS, axes=1),
}
