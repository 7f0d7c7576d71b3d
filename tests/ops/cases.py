"""All test cases: for every primitive, calls with independent answers."""

from __future__ import annotations

import jax

jax.config.update("jax_enable_x64", True)  # before any case makes an array

from ops import cases_arrays, cases_elementwise, cases_windows  # noqa: E402
from ops.case import Case, Edge  # noqa: E402

CASES: list[Case] = [*cases_elementwise.CASES, *cases_arrays.CASES, *cases_windows.CASES]
EDGES: list[Edge] = [*cases_elementwise.EDGES, *cases_arrays.EDGES, *cases_windows.EDGES]
PROPAGATES_NAN = cases_elementwise.PROPAGATES_NAN

# primitives without a counterpart in JAX, and the test that covers them
WITHOUT_ORACLE = {"uniform": "tests/ops/test_random.py"}
