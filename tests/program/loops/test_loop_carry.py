"""Carries in place: loops compute the same numbers, without the copies that are not needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.program import Buffer, Instruction, TimeLoop, View
from chainrule.program.elementwise import built_in
from chainrule.program.epilogue import fuse_epilogues
from chainrule.program.fusion import fuse
from chainrule.program.loops import carry_in_place
from chainrule.program.lowering import without_dead_code
from program.numpy_interpreter import run

EXAMPLES = settings(max_examples=200, derandomize=True, database=None, deadline=None)
SHAPE = (2, 3)
STEPS = 3


def array(name: str, *shape: int, group: str = "temporary") -> View:
    return Buffer(name, int(np.prod(shape)), group=group).whole(shape)


def elementwise(name: str, out: View, *inputs: View) -> Instruction:
    return Instruction("elementwise", (out,), inputs, {"operation": built_in(name)})


def product(out: View, x: View) -> Instruction:
    return Instruction("gemm", (out,), (x, W))


A, W = array("a", *SHAPE, group="input"), array("w", 3, 3, group="input")


class Loop:
    """A loop over a body, which ends with copies to the next carries."""

    def __init__(
        self,
        carries: Sequence[View],
        body: Sequence[Instruction],
        results: Sequence[View],
        following: Sequence[View],
    ) -> None:
        self.begin, end = Instruction("loop", (), ()), Instruction("loop_end", (), ())
        graph = cr.trace(cr.exp, cr.spec(1))
        self.loop = loop = TimeLoop(graph, STEPS, False, self.begin, end)
        self.begin.loop = end.loop = loop
        stacked = [array(f"y{i}", STEPS, *one.shape) for i, one in enumerate(results)]
        self.begin.outputs, self.begin.inputs = (*carries, *stacked), (A, W)
        loop.enter = [Instruction("carry", (c,), (A,), loop=loop) for c in carries]
        copies = [
            Instruction(op, (to,), (one,), loop=loop)
            for op, targets, sources in (
                ("store_step", stacked, results),
                ("carry", carries, following),
            )
            for to, one in zip(targets, sources, strict=True)
        ]
        live = {view.buffer for view in self.begin.outputs}
        needed = without_dead_code([*body, *copies], live)
        loop.body = fuse_epilogues(fuse(needed, set()), set())

    def __repr__(self) -> str:
        return "\n".join(f"{i.op} {i.outputs} {i.inputs} {i.micro}" for i in self.loop.body)

    @property
    def copies(self) -> int:
        return sum(one.op == "carry" for one in self.loop.body)

    def improve(self) -> None:
        """Drop the copies that are not needed, and see that the numbers stay the same."""
        before = self.numbers()
        carry_in_place(self.loop, self.loop.body)
        for one, other in zip(before, self.numbers(), strict=True):
            np.testing.assert_array_equal(one, other)

    def numbers(self, same: Mapping[Buffer, Buffer] | None = None) -> list[np.ndarray]:
        """All results, for small tiles and large ones, also with buffers that are the `same`."""
        rng = np.random.default_rng(0)
        given = {view.buffer: rng.normal(size=view.buffer.size) for view in (A, W)}
        found: list[np.ndarray] = []
        for by_entry in (False, True):
            memory = run([self.begin], given, by_entry=by_entry, same=same)
            found += [memory[view.buffer] for view in self.begin.outputs]
        return found

    def needs_its_copy(self) -> bool:
        """Whether the numbers are others if the next carry is the same buffer, and not copied."""
        before, body = self.numbers(), self.loop.body
        ((carry,), (source,)) = next((i.outputs, i.inputs) for i in body if i.op == "carry")
        self.loop.body = [one for one in body if one.op != "carry"]
        after = self.numbers({source.buffer: carry.buffer})
        self.loop.body = body
        return not all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@st.composite
def loops(draw: st.DrawFn, carries: int, *, simple: bool = False) -> Loop:
    """Random loops of elementwise operations and products.

    Unless they are to be `simple`, some operations reverse rows, or compute a part.
    """
    carried = [array(f"c{i}", *SHAPE) for i in range(carries)]
    known = [*carried, A]
    body: list[Instruction] = []
    rows = st.sampled_from([slice(None)] if simple else [slice(None), slice(None, None, -1)])
    kinds = ["elementwise"] * 3 + ["product"] + ["parts"] * (not simple)

    def operand() -> View:
        view = draw(st.sampled_from(known)).at(draw(rows))
        kind = draw(st.sampled_from(["all", "all", "all", "row"]))
        return view.at(0).broadcast(SHAPE) if kind == "row" else view

    def write(out: View) -> None:
        name = draw(st.sampled_from(["sin", "cos", "mul", "add"]))
        operands = [operand() for _ in range(2 if name in ("mul", "add") else 1)]
        body.append(elementwise(name, out, *(view.at(slice(out.shape[0])) for view in operands)))

    for i in range(draw(st.integers(1, 6))):
        out = array(f"t{i}", *SHAPE)
        match draw(st.sampled_from(kinds)):
            case "product":
                body.append(product(out, draw(st.sampled_from(known))))
            case "parts":
                write(out.at(slice(1)))
                write(out.at(slice(1, 2)))
            case _:
                write(out.at(draw(rows)))
        known.append(out)
    sources = st.sampled_from(known[carries + 1 :])
    results = draw(st.lists(st.sampled_from([*carried, *known[-2:]]), max_size=2))
    return Loop(carried, body, results, [draw(sources) for _ in carried])


def test_a_product_is_computed_in_the_carry_only_after_everything_has_read_it():
    c, t, s = array("c", *SHAPE), array("t", *SHAPE), array("s", *SHAPE)
    for body, copies in (
        ([elementwise("sin", t, c), product(s, t)], 0),
        ([product(s, c)], 1),
        ([product(t, c), product(s, t)], 0),
        ([product(s, A), elementwise("sin", t, c)], 1),
    ):
        loop = Loop([c], body, [t] if len(body) > 1 else [], [s])
        loop.improve()
        assert loop.copies == copies


def test_epilogues_follow_their_operands():
    """A bias, and a gate, that are the next carry."""
    c, s, p = (array(name, *SHAPE) for name in "csp")
    out = array("o", *SHAPE)
    for last in (
        elementwise("add", out, p, s.at(0).broadcast(SHAPE)),
        elementwise("gate", out, s, p),
    ):
        loop = Loop([c], [elementwise("sin", s, c), product(p, A), last], [out], [s])
        (gemm,) = (one for one in loop.loop.body if one.op == "gemm")
        bias, gate = gemm.attributes["epilogue"].bias, gemm.attributes["epilogue"].gate
        loop.improve()
        assert loop.copies == 0
        epilogue = gemm.attributes["epilogue"]
        assert epilogue.bias == (bias and replace(bias, buffer=c.buffer))
        assert epilogue.gate == (gate and replace(gate, buffer=c.buffer))


def test_what_an_inner_loop_reads_or_writes_is_copied():
    """The instructions of its body would have to follow."""
    c, s, d, out = (array(name, *SHAPE) for name in "csde")
    for reads, writes, following in ((s, d, s), (A, d, d)):
        inner = Loop([d], [elementwise("add", out, d, reads)], [], [out])
        inner.begin.inputs = (reads, W)
        loop = Loop([c], [elementwise("sin", s, c), inner.begin], [writes, s], [following])
        loop.improve()
        assert loop.copies == 1


def test_what_is_the_same_in_all_steps_is_copied():
    c, d, s = (array(name, *SHAPE) for name in "cds")
    loop = Loop([c, d], [elementwise("sin", s, d)], [c], [A, s])
    loop.improve()
    assert loop.copies == 1


def test_a_part_of_what_is_computed_is_copied():
    c, wide = array("c", *SHAPE), array("s", 4, 3)
    body = [elementwise("sin", wide, A.at(0).broadcast((4, 3)))]
    loop = Loop([c], body, [], [wide.at(slice(1, 3))])
    loop.improve()
    assert loop.copies == 1


def test_only_one_of_two_equal_carries_is_computed_in_place():
    c, d, s = (array(name, *SHAPE) for name in "cds")
    loop = Loop([c, d], [elementwise("add", s, c, d)], [], [s, s])
    loop.improve()
    assert loop.copies == 1


@EXAMPLES
@given(loops(2))
def test_no_number_changes(loop):
    loop.improve()


@EXAMPLES
@given(loops(1, simple=True))
def test_a_copy_is_left_where_the_numbers_would_change(loop):
    needed = loop.needs_its_copy()
    loop.improve()
    assert loop.copies == needed
