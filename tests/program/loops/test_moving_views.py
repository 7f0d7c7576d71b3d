"""Moving views: loops compute the same numbers where they lie, in each step somewhere else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, Instruction, TimeLoop, View
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse
from chainrule.program.loops import keep_constant_factors, move_views
from chainrule.program.lowering import without_dead_code
from program.loops.test_loop_carry import EXAMPLES, array, elementwise
from program.numpy_interpreter import run

STEPS, SHAPE = 3, (2, 3)


class Loop:
    """A loop that reads slices of stacks, and stacks results."""

    def __init__(
        self,
        stacks: Sequence[View],
        slices: Sequence[View],
        body: Sequence[Instruction],
        results: Sequence[View],
        carry: View | None = None,
        length: int = STEPS,
    ) -> None:
        self.given = [*stacks, W, V]
        self.begin, end = Instruction("loop", (), ()), Instruction("loop_end", (), ())
        graph = cr.trace(cr.exp, cr.spec(1))
        self.loop = loop = TimeLoop(graph, length, True, self.begin, end)
        self.begin.loop = end.loop = loop
        self.stacked = [array(f"y{i}", length, *one.shape) for i, one in enumerate(results)]
        self.begin.inputs = tuple(self.given)
        self.begin.outputs = (*self.stacked, *([carry] if carry else []))
        if carry:
            loop.enter = [Instruction("carry", (carry,), (W.at(slice(carry.shape[0])),), loop=loop)]
        loads = [
            Instruction("load_step", (one,), (stack,), loop=loop)
            for one, stack in zip(slices, stacks, strict=True)
        ]
        stores = [
            Instruction("store_step", (stack,), (one,), loop=loop)
            for one, stack in zip(results, self.stacked, strict=True)
        ]
        live = {view.buffer for view in self.begin.outputs}
        whole = without_dead_code([*loads, *body, *stores], live)
        loop.body = fuse_epilogues(fuse(whole, set(), together=True), set(), addends=True)

    @property
    def ops(self) -> list[str]:
        return [one.op for one in self.loop.body]

    def improve(self) -> None:
        """Drop the copies that are not needed, and see that the numbers stay the same."""
        before = self.numbers()
        move_views(self.loop)
        keep_constant_factors(self.loop)
        for one, other in zip(before, self.numbers(), strict=True):
            np.testing.assert_array_equal(one, other)

    def numbers(self) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        given = {view.buffer: rng.normal(size=view.buffer.size) for view in self.given}
        found: list[np.ndarray] = []
        for by_entry in (False, True):
            memory = run([self.begin], given, by_entry=by_entry)
            found += [memory[view.buffer] for view in self.begin.outputs]
        return found


W, V = array("w", 3, 3, group="input"), array("v", *SHAPE, group="input")


def stack(name: str, length: int = STEPS) -> View:
    return array(name, length, *SHAPE, group="input")


def test_slices_and_results_are_where_they_are_stacked():
    x, s, t = array("x", *SHAPE), array("s", *SHAPE), array("t", *SHAPE)
    loop = Loop(
        [stack("xs")], [x], [elementwise("sin", s, x), Instruction("gemm", (t,), (s, W))], [s, t]
    )
    assert loop.ops == ["load_step", "fused", "gemm", "store_step", "store_step"]
    loop.improve()
    assert loop.ops == ["fused", "gemm"]
    fused, gemm = loop.loop.body
    assert [(view.step, view.steps) for view in fused.inputs] == [(6, STEPS)]
    assert fused.loop is gemm.loop is loop.loop
    (y,) = gemm.outputs
    assert (y.buffer, y.step, y.extent) == (loop.stacked[1].buffer, 6, (0, 18))
    assert y.at_time(2) == loop.stacked[1].at(2)


def test_a_part_of_a_slice_moves_too():
    x, s = array("x", *SHAPE), array("s", 1, 3)
    loop = Loop([stack("xs")], [x], [elementwise("sin", s, x.at(slice(1, 2)))], [s])
    loop.improve()
    assert loop.ops == ["fused"]


def test_slices_of_a_part_of_a_stack():
    x, s = array("x", *SHAPE), array("s", *SHAPE)
    xs = stack("xs", STEPS + 2).at(slice(1, -1))
    loop = Loop([xs], [x], [elementwise("sin", s, x)], [s])
    loop.improve()
    (fused,) = loop.loop.body
    assert fused.inputs[0].extent == (6, 24)


def test_an_addend_moves_with_the_product():
    x, s, t = array("x", *SHAPE), array("s", *SHAPE), array("t", *SHAPE)
    body = [Instruction("gemm", (s,), (W.at(slice(2)), W)), elementwise("add", t, x, s)]
    loop = Loop([stack("xs")], [x], body, [t])
    loop.improve()
    (gemm,) = loop.loop.body
    assert gemm.attributes["epilogue"].addend == gemm.inputs[2]
    assert gemm.inputs[2].step == 6


@pytest.mark.parametrize("op", ["copy_items", "call"])
def test_what_other_instructions_access_is_copied(op):
    """Their kernels do not know the time."""
    x, s = array("x", *SHAPE), array("s", *SHAPE)
    settings = elementwise("copy", s, x).attributes
    primitive = cr.trace(cr.exp, cr.spec(1)).nodes[-1].primitive
    body = [Instruction(op, (s,), (x,), {**settings, "parameters": {}}, primitive=primitive)]
    loop = Loop([stack("xs")], [x], body, [s])
    loop.improve()
    assert loop.ops == ["load_step", op, "store_step"]


def test_a_number_that_is_repeated_is_copied():
    x, s = array("x", *SHAPE), array("s", *SHAPE)
    numbers = array("n", STEPS, group="input")
    repeated = View(numbers.buffer, (STEPS, *SHAPE), (1, 0, 0))
    loop = Loop([repeated], [x], [elementwise("sin", s, x)], [s])
    loop.improve()
    assert loop.ops == ["load_step", "fused"]


def test_a_result_that_is_a_carry_or_given_is_copied():
    x, c, s = array("x", *SHAPE), array("c", *SHAPE), array("s", *SHAPE)
    body = [elementwise("add", c, c, x), elementwise("sin", s, c)]
    loop = Loop([stack("xs")], [x], body, [c, s, V], c)
    loop.improve()
    assert loop.ops == ["fused", "store_step", "store_step"]


def test_a_part_of_what_is_computed_is_copied():
    x, s = array("x", *SHAPE), array("s", *SHAPE)
    loop = Loop([stack("xs")], [x], [elementwise("sin", s, x)], [s.at(slice(1))])
    loop.improve()
    assert loop.ops == ["fused", "store_step"]


def test_what_is_stacked_twice_is_copied_twice():
    x, s = array("x", *SHAPE), array("s", *SHAPE)
    loop = Loop([stack("xs")], [x], [elementwise("sin", s, x)], [s, s])
    loop.improve()
    assert loop.ops == ["fused", "store_step", "store_step"]


def test_a_factor_that_no_step_changes_is_constant():
    x, s, t, u, v = (array(name, 3, 3) for name in "xstuv")
    c = array("c", 3, 3)
    body = [
        Instruction("gemm", (s,), (c, W)),
        Instruction("gemm", (t,), (W, s)),
        Instruction("gemm", (u,), (W, x)),
        Instruction("gemm", (v,), (W, c)),
        elementwise("sin", c, v),
    ]
    xs = array("xs", STEPS, 3, 3, group="input")
    loop = Loop([xs], [x], body, [t, u], c)
    loop.improve()
    products = [one for one in loop.loop.body if one.op == "gemm"]
    marked = [one.attributes.get("constant_factor", False) for one in products]
    assert marked == [True, False, False, False]
    assert products[0].loop is loop.loop


@st.composite
def loops(draw: st.DrawFn) -> Loop:
    length = draw(st.integers(1, 3))
    slices = [array(f"x{i}", *SHAPE) for i in range(draw(st.integers(1, 2)))]
    known, body = [*slices], list[Instruction]()
    for i in range(draw(st.integers(1, 5))):
        out = array(f"t{i}", *SHAPE)
        x, y = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        match draw(st.sampled_from(["sin", "add", "product", "reversed"])):
            case "sin":
                body.append(elementwise("sin", out, x))
            case "add":
                body.append(elementwise("add", out, x, y))
            case "product":
                body.append(Instruction("gemm", (out,), (x, W)))
            case _:
                body.append(elementwise("cos", out, x.at(slice(None, None, -1))))
        known.append(out)
    results = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    stacks = [stack(f"xs{i}", length) for i in range(len(slices))]
    return Loop(stacks, slices, body, results, length=length)


@EXAMPLES
@given(loops())
def test_no_number_changes(loop):
    loop.improve()


def test_a_moving_view_keeps_its_step():
    view = View(Buffer("x", 24), (2, 3), (3, 1), 6, step=-3, steps=3)
    assert view.extent == (0, 12)
    for other in (
        view.at(1),
        view.transpose((1, 0)),
        view.reshape((6,)),
        view.broadcast((2, 2, 3)),
    ):
        assert other is not None
        assert (other.step, other.steps) == (-3, 3)
