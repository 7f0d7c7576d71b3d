"""Numbers as they are written: rounded sums that add up, and counts of any size."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.explain.numbers import balanced, counted, writer

figures = st.floats(-1e3, 1e3).map(lambda value: round(value, 4))


@given(st.lists(figures, min_size=1, max_size=8), figures, st.integers(2, 9))
def test_a_sum_adds_up_as_it_is_written(terms, total, digits):
    write = writer(digits)
    rest = balanced(write, terms, total)
    left = Decimal(write(total)) - sum(Decimal(write(term)) for term in (*terms, rest))
    assert abs(left) <= Decimal(10) ** -digits / 2
    assert rest == pytest.approx(total - sum(terms), abs=(len(terms) + 1) * 10.0**-digits)


def test_large_counts_are_readable():
    assert counted(10**6 - 1) == "999,999"
    assert counted(995 * 10**40) == "1.0 × 10⁴³"
    assert counted(10**6) == "1.0 × 10⁶"
    assert counted(3 * 10**400) == "3.0 × 10⁴⁰⁰"
