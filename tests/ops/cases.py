"""All test cases: for every primitive, calls with independent answers."""

from __future__ import annotations

import jax

jax.config.update("jax_enable_x64", True)  # before any case makes an array

from ops import (  # noqa: E402
    cases_arrays,
    cases_cumulative,
    cases_elementwise,
    cases_linalg,
    cases_numbers,
    cases_order,
    cases_rounding,
    cases_special,
    cases_transcendental,
    cases_windows,
)
from ops.case import Case, Edge  # noqa: E402

FILES = (cases_arrays, cases_cumulative, cases_elementwise, cases_linalg)
FILES += (cases_numbers, cases_order, cases_rounding, cases_special)
FILES += (cases_transcendental, cases_windows)

CASES: list[Case] = [case for file in FILES for case in file.CASES]
EDGES: list[Edge] = [edge for file in FILES for edge in file.EDGES]
PROPAGATES_NAN = cases_elementwise.PROPAGATES_NAN

# primitives without a counterpart in JAX, and the test that covers them
WITHOUT_ORACLE = {"odeint": "tests/scipy/test_integrate.py", "uniform": "tests/ops/test_random.py"}
