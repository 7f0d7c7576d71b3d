"""Runs the contract for every registered primitive."""

from __future__ import annotations

import pytest

from chainrule.ops.registry import PRIMITIVES
from ops import contract
from ops.case import one_of_each
from ops.cases import CASES, EDGES, PROPAGATES_NAN, WITHOUT_ORACLE


@pytest.mark.parametrize("name", PRIMITIVES)
def test_every_primitive_has_cases_and_edges(name):
    if name not in WITHOUT_ORACLE:
        assert any(case.primitive == name for case in CASES), (
            f"primitive {name!r} has no case: add a row to CASES in tests/ops/cases_elementwise.py "
            "or tests/ops/cases_arrays.py"
        )
    assert any(edge.primitive == name for edge in EDGES), (
        f"primitive {name!r} has no edge point: add a row to EDGES in the same file"
    )


@pytest.mark.parametrize("name", [name for name in PRIMITIVES if PRIMITIVES[name].kink])
def test_every_kink_has_an_edge_case(name):
    assert any(edge.primitive == name and edge.kink is not None for edge in EDGES)


@pytest.mark.parametrize("case", one_of_each(CASES), ids=str)
def test_case(case):
    for check in contract.checks(case):
        check(case)


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_edge(edge):
    contract.check_edge(edge)


@pytest.mark.parametrize("case", PROPAGATES_NAN, ids=str)
def test_nan_propagates(case):
    contract.check_nan(case)
