"""Barriers stand where one thread could write what another one uses, and nowhere else."""

from __future__ import annotations

import functools
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.instructions.registry import by_rows, nanoseconds, shared
from chainrule.engine.threads.row_share import RowShare
from chainrule.engine.threads.schedule import Schedule, Tuning, schedule
from chainrule.program import Buffer, Instruction, TimeLoop, View, flattened
from engine.comparison import planned as compiled


def schedule_with(program: list[Instruction], ranks: int, tuning: Tuning) -> Schedule:
    return schedule(program, ranks, nanoseconds, shared, by_rows, tuning)


EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)
SHARED, SINGLE, ROWS = "sum", "call", "gemm"

regions = st.builds(
    lambda dtype, at, first, size: (
        Buffer("t", first + size, np.dtype(dtype), offset=8 * at)
        .whole((first + size,))
        .at(slice(first, None))
    ),
    st.sampled_from(["f8", "f4", "i8", "u1"]),
    st.integers(0, 40),
    st.integers(0, 3),
    st.integers(1, 12),
)
instructions = st.builds(
    lambda op, outputs, inputs: Instruction(op, tuple(outputs), tuple(inputs)),
    st.sampled_from([SHARED, SINGLE]),
    st.lists(regions, min_size=1, max_size=2),
    st.lists(regions, max_size=3),
)


def collide(one: Instruction, other: Instruction) -> bool:
    """Whether one writes a byte that the other one reads or writes."""

    def entries(*views):
        return {
            view.buffer.offset + view.offset * view.buffer.dtype.itemsize + i
            for view in views
            for i in range(view.size * view.buffer.dtype.itemsize)
        }

    return any(
        entries(*a.outputs) & entries(*b.outputs, *b.inputs)
        for a, b in ((one, other), (other, one))
    )


@EXAMPLES
@given(st.lists(instructions, max_size=9))
def test_a_barrier_stands_before_the_first_instruction_that_collides(program):
    plan = schedule_with(program, 2, Tuning(sharing_cost=0, barrier_cost=0))
    assert plan.single == [instruction.op == SINGLE for instruction in program]
    since: list[Instruction] = []
    for instruction, barrier in zip(program, plan.barrier, strict=True):
        assert barrier == collides_with(instruction, since)
        since = [instruction] if barrier else [*since, instruction]


def loop_of(
    length: int, enter: list[Instruction], body: list[Instruction]
) -> tuple[Instruction, TimeLoop]:
    """The instruction that stands for a loop, and the loop."""
    begin, end = Instruction("loop", (), ()), Instruction("loop_end", (), ())
    graph = cr.trace(cr.exp, cr.spec(1))
    loop = TimeLoop(graph, length, False, begin, end, enter, body)
    begin.loop = end.loop = loop
    return begin, loop


def barriers_by_going_on(
    before: list[Instruction],
    begin: Instruction,
    enter: list[Instruction],
    body: list[Instruction],
    steps: int,
) -> list[bool]:
    """Where barriers stand if every instruction is compared with all since the last barrier.

    A barrier in one step is a barrier in all of them.  The steps are gone through alone first, then
    after what begins the loop.  What comes before is separated by a barrier where the loop begins,
    if no barrier is between it and what collides with it.
    """
    found: dict[Instruction, bool] = {begin: False}
    for program in ([*body * steps], [*enter, *body * steps], before):
        since: list[Instruction] = []
        for one in program:
            found[one] = found.get(one, False) or collides_with(one, since)
            since = [one] if found[one] else [*since, one]
    for one in (*enter, *body):
        if found[one]:
            break
        found[begin] |= collides_with(one, since)
    return [found[one] for one in (*before, begin, *enter, *body)]


def collides_with(one: Instruction, since: list[Instruction]) -> bool:
    return any(collide(one, other) and (one.op, other.op) != (SINGLE, SINGLE) for other in since)


@EXAMPLES
@given(
    st.lists(instructions, max_size=2),
    st.lists(instructions, max_size=2),
    st.lists(instructions, min_size=1, max_size=5),
)
def test_a_barrier_in_a_loop_is_one_in_every_step(before, enter, body):
    begin, _ = loop_of(5, enter, body)
    plan = schedule_with([*before, begin], 2, Tuning(sharing_cost=0, barrier_cost=0))
    assert plan.barrier[:-1] == barriers_by_going_on(before, begin, enter, body, steps=5)


def test_work_in_a_loop_counts_in_every_step():
    """Threads save half of the work of five steps, not of what begins and ends it."""
    begin, loop = loop_of(5, [], [reduced(16_000)])
    work = dict.fromkeys((begin, *loop.body, loop.end), 1000.0)
    for cost, ranks in ((2400 / 5, 2), (2600 / 5, 1)):
        plan = schedule([begin], 2, work.__getitem__, shared, by_rows, Tuning(barrier_cost=cost))
        assert plan.barrier == [False, True, False]  # it writes in each step what it wrote before
        assert plan.ranks == ranks


def reduced(size: int, op: str = SHARED) -> Instruction:
    x, y = Buffer("x", size, offset=0), Buffer("y", 1, offset=8 * size)
    return Instruction(op, (y.whole((1,)),), (x.whole((size,)),))


def test_threads_are_used_where_they_save_more_than_barriers_cost():
    program = [reduced(16_000), reduced(16_000), reduced(16_000)]
    work = sum(map(nanoseconds, program))
    for ranks in (2, 4):
        saved = work * (1 - 1 / ranks) / 2  # for each barrier
        for cost, expected in ((saved - 1, ranks), (saved, 1), (saved + 1, 1)):
            plan = schedule_with(program, ranks, Tuning(barrier_cost=cost))
            assert plan.barrier == [False, True, True]
            assert plan.ranks == expected


@pytest.mark.parametrize("op", ["call", "copy_items"])
def test_work_that_cannot_be_shared_saves_nothing(op):
    plan = schedule_with([reduced(1 << 20, op)], 4, Tuning(barrier_cost=0))
    assert (plan.single, plan.ranks) == ([True], 1)


def test_cheap_work_is_done_by_one_thread():
    program = [reduced(1600)]
    work = nanoseconds(program[0])
    for cost, single in ((work, False), (work + 1, True)):
        assert schedule_with(program, 2, Tuning(sharing_cost=cost)).single == [single]


def test_each_thread_counts_the_steps_of_a_loop_for_itself():
    graph = cr.trace(lambda x: cr.scan(lambda c, x: (c * x, c), 1.0, x)[1], cr.spec(5))
    program = list(flattened(compiled(graph).instructions))
    plan = schedule(compiled(graph).instructions, 2, nanoseconds, shared, by_rows, Tuning())
    single = {one.op: alone for one, alone in zip(program, plan.single, strict=True)}
    assert (single["loop"], single["loop_end"], single["carry"]) == (False, False, True)


def test_a_thread_takes_its_rows_through_many_layers():
    """Row r of each product needs row r of the one before only: no thread waits for another."""
    shapes = [cr.spec((64, 48)), cr.spec((48, 40)), cr.spec((40, 40)), cr.spec((40, 40))]
    graph = cr.trace(lambda x, *weights: functools.reduce(layer, weights, x), *shapes)
    plan = schedule_with(
        list(compiled(graph).instructions), 3, Tuning(sharing_cost=0, barrier_cost=0)
    )
    assert plan.single == [False] * 3
    assert plan.barrier == [False] * 3


def test_the_gradient_of_a_weight_needs_the_rows_of_all_threads():
    x, w = cr.spec((64, 48)), cr.spec((48, 40))
    graph = cr.trace(lambda x, w: x.T @ layer(x, w), x, w)
    plan = schedule_with(
        list(compiled(graph).instructions), 3, Tuning(sharing_cost=0, barrier_cost=0)
    )
    assert plan.barrier == [False, True]


@st.composite
def row_views(draw: st.DrawFn) -> View:
    """Matrices one after the other, of which one may also begin a little further on."""
    rows, width = draw(st.sampled_from([16, 16, 17])), draw(st.sampled_from([2, 4]))
    offset = draw(st.sampled_from([0, 2, 64]))
    return View(Buffer("t", 1000, offset=0), (rows, width), (4, 1), offset)


by_row_instructions = st.builds(
    lambda op, outputs, inputs: Instruction(op, tuple(outputs), tuple(inputs)),
    st.sampled_from([ROWS, ROWS, SHARED, SINGLE]),
    st.lists(row_views(), min_size=1, max_size=1),
    st.lists(row_views(), max_size=2),
)


def first_by_rows(one: Instruction) -> tuple[int, ...]:
    """Threads divide the rows of the first input, and of the outputs."""
    return (0,) if one.op in (ROWS, SINGLE) else ()  # of what thread 0 runs alone it says nothing


def accesses(one: Instruction) -> list[tuple[View, RowShare | None, bool]]:
    """What is read and written, by which rows it is divided, and whether it is written."""
    by_rows = one.op == ROWS
    reads = [
        (view, RowShare.of(view) if by_rows and not place else None, False)
        for place, view in enumerate(one.inputs)
    ]
    return reads + [(view, RowShare.of(view) if by_rows else None, True) for view in one.outputs]


def threads_collide(one: Instruction, other: Instruction) -> bool:
    if (one.op, other.op) == (SINGLE, SINGLE):
        return False
    for (view, rows, written), (seen, others, wrote) in product(accesses(one), accesses(other)):
        begin, end = max(view.region[0], seen.region[0]), min(view.region[1], seen.region[1])
        if begin < end and (written or wrote) and (not rows or not others or rows.mixes(others)):
            return True
    return False


@EXAMPLES
@given(st.lists(by_row_instructions, max_size=8))
def test_a_barrier_stands_where_a_thread_leaves_its_rows(program):
    tuning = Tuning(sharing_cost=0, barrier_cost=0)
    plan = schedule(
        program, 2, lambda one: 1.0, lambda one: one.op != SINGLE, first_by_rows, tuning
    )
    since: list[Instruction] = []
    for one, barrier in zip(program, plan.barrier, strict=True):
        assert barrier == any(threads_collide(one, other) for other in since)
        since = [one] if barrier else [*since, one]


def test_one_of_several_readers_in_other_rows_is_enough():
    memory = Buffer("t", 1000, offset=0)
    own, others = (View(memory, (16, 2), (4, 1), offset) for offset in (0, 34))
    program = [
        Instruction(ROWS, (), (own,)),
        Instruction(ROWS, (), (others,)),
        Instruction(ROWS, (own,), ()),
    ]
    tuning = Tuning(sharing_cost=0, barrier_cost=0)
    plan = schedule(program, 2, lambda one: 1.0, lambda one: True, lambda one: (0,), tuning)
    assert plan.barrier == [False, False, True]


def test_what_follows_a_loop_waits_for_it():
    begin, _ = loop_of(3, [], [written(0)])
    plan = schedule_with([begin, written(0)], 2, Tuning(sharing_cost=0, barrier_cost=0))
    assert plan.barrier == [False, True, False, True]


def test_a_loop_in_a_loop_begins_after_what_it_reads():
    reads = Instruction(SHARED, (), written(80).outputs)
    inner, _ = loop_of(2, [], [reads])
    outer, _ = loop_of(2, [], [inner])
    plan = schedule_with([written(80), outer], 2, Tuning(sharing_cost=0, barrier_cost=0))
    assert plan.barrier == [False, True, False, False, False, False]


def written(offset: int) -> Instruction:
    return Instruction(SHARED, (Buffer("y", 10, offset=offset).whole((10,)),), ())


def layer(x: cr.Tensor, w: cr.Tensor) -> cr.Tensor:
    return cr.relu(x @ w)
