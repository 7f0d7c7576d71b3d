"""Rows of two operands are kept apart by threads exactly where they share no byte."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.engine.threads.row_share import SHARED_ROWS, RowShare
from chainrule.program import Buffer, View

ROWS = SHARED_ROWS + 2
"""The last of the first group of rows has a neighbour in the second."""


def rows_of(share: RowShare, times: range) -> dict[int, set[int]]:
    """The bytes of each row at some times."""
    return {
        row: {
            share.begin + t * share.period + row * share.distance + i
            for t in times
            for i in range(share.width)
        }
        for row in range(share.rows)
    }


def overlap(one: RowShare, other: RowShare) -> bool:
    """Whether rows of different groups share a byte, each at any time."""
    times = range(-2, 3)
    first, second = rows_of(one, range(1)), rows_of(other, times)
    return any(
        first[r] & second[q]
        for r, q in itertools.product(first, second)
        if r // SHARED_ROWS != q // SHARED_ROWS
    )


@st.composite
def pairs(draw: st.DrawFn) -> tuple[RowShare, RowShare]:
    distance = draw(st.integers(1, 6))
    period = draw(st.sampled_from([0, ROWS * distance, ROWS * distance + 5]))
    widths = [draw(st.integers(1, distance)) for _ in range(2)]
    gap = draw(st.integers(1 - distance, distance - 1))
    if period:
        gap += period * draw(st.integers(-1, 1))
    one = RowShare(ROWS, 100, widths[0], distance, period)
    return one, RowShare(ROWS, 100 + gap, widths[1], distance, period)


@settings(max_examples=300, derandomize=True, database=None, deadline=None)
@given(pairs())
def test_threads_mix_where_rows_of_different_groups_overlap(pair):
    one, other = pair
    assert one.mixes(other) == other.mixes(one) == overlap(one, other)


@pytest.mark.parametrize(
    "other", [RowShare(24, 0, 4, 8), RowShare(16, 0, 4, 16), RowShare(16, 0, 4, 8, period=128)]
)
def test_other_rows_are_mixed_with(other: RowShare):
    assert RowShare(16, 0, 4, 8).mixes(other)


def test_the_rows_of_a_view():
    buffer = Buffer("x", 1000, np.dtype(np.float32), offset=64)
    view = View(buffer, (16, 3), (5, 1), offset=2)
    assert RowShare.of(view) == RowShare(16, 64 + 8, 12, 20)
    assert RowShare.of(view.transpose((1, 0))) is None
    assert RowShare.of(View(buffer, (16, 3), (0, 1))) is None


def test_the_rows_of_a_view_that_moves():
    """By blocks of rows, or within the rows; else threads might be in each other's rows."""
    buffer = Buffer("x", 1000, np.dtype(np.float32), offset=64)
    blocks = View(buffer, (16, 3), (3, 1), step=48, steps=4)
    assert RowShare.of(blocks) == RowShare(16, 64, 12, 12, period=192)
    backwards = View(buffer, (16, 3), (3, 1), offset=144, step=-48, steps=4)
    assert RowShare.of(backwards) == RowShare(16, 64 + 576, 12, 12, period=192)
    within = View(buffer, (16, 3), (12, 1), step=3, steps=4)
    assert RowShare.of(within) == RowShare(16, 64, 48, 48)
    assert RowShare.of(View(buffer, (16, 3), (3, 1), step=6, steps=4)) is None
