"""All test cases: for every primitive, calls with independent answers."""

from __future__ import annotations

import jax

import chainrule.ops.fft  # noqa: F401  (registers its primitives)

jax.config.update("jax_enable_x64", True)  # before any case makes an array

from ops import (  # noqa: E402
    cases_arrays,
    cases_attention,
    cases_cumulative,
    cases_elementwise,
    cases_linalg,
    cases_matrix_functions,
    cases_numbers,
    cases_order,
    cases_rounding,
    cases_special,
    cases_transcendental,
    cases_ufunc_methods,
    cases_windows,
)
from ops.case import Case, Edge  # noqa: E402
from ops.edges_complex import EDGES as COMPLEX_EDGES  # noqa: E402

FILES = (cases_arrays, cases_attention, cases_cumulative, cases_elementwise, cases_linalg)
FILES += (cases_matrix_functions, cases_numbers, cases_order, cases_rounding)
FILES += (cases_special, cases_transcendental, cases_ufunc_methods, cases_windows)

CASES: list[Case] = [case for file in FILES for case in file.CASES]
EDGES: list[Edge] = [edge for file in FILES for edge in file.EDGES] + COMPLEX_EDGES
PROPAGATES_NAN = cases_elementwise.PROPAGATES_NAN

# primitives without a counterpart in JAX among real numbers, and the test that covers them
WITHOUT_ORACLE = {
    "odeint": "tests/scipy/test_integrate.py",
    "uniform": "tests/ops/test_random.py",
    **dict.fromkeys(("real", "imag", "conj", "angle"), "tests/ops/test_complex.py"),
    **dict.fromkeys(("fft", "rfft", "irfft"), "tests/ops/fft"),
}
