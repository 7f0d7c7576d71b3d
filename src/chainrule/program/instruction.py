"""Instructions: one opcode with its operands, and what a fused one or a loop consists of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.graph import Graph, Node, Primitive
from chainrule.program.elementwise import ElementwiseOperation
from chainrule.program.view import View

__all__ = ["Instruction", "MicroOp", "Register", "TimeLoop", "flattened", "repetitions"]


@final
@dataclass(frozen=True)
class Register:
    """A tile of scratch memory, visible only inside one fused instruction."""

    number: int


@final
@dataclass(frozen=True)
class MicroOp:
    """One elementwise operation within a fused instruction: out = operation(*inputs).

    `shape` is that of the result; a register holds its numbers in row-major order.
    """

    __match_args__ = ("op", "out", "inputs")

    operation: ElementwiseOperation
    out: Register | View
    inputs: tuple[Register | View, ...]
    shape: tuple[int, ...]

    @property
    def op(self) -> str:
        """The name of the operation."""
        return self.operation.name


@final
@dataclass(eq=False)
class Instruction:
    """One opcode with its operands.

    op          the opcode; "call" runs a primitive's reference value
    outputs     the views that it writes
    inputs      the views that it reads
    attributes  sizes and settings
    nodes       the nodes of the graph that it computes
    primitive   the primitive to run, for "call"
    micro       the operations of a fused instruction, in order
    loop        the loop that it begins, ends, or copies numbers for; or in which its operands move,
                or stay the same
    """

    op: str
    outputs: tuple[View, ...]
    inputs: tuple[View, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    nodes: tuple[Node, ...] = ()
    primitive: Primitive | None = None
    micro: tuple[MicroOp, ...] = ()
    loop: TimeLoop | None = None

    @property
    def begun_loop(self) -> TimeLoop | None:
        """The loop that it begins, whose instructions follow."""
        return self.loop if self.loop is not None and self is self.loop.begin else None

    @property
    def ends_loop(self) -> bool:
        """Whether its loop goes on with the next step, or ends."""
        return self.loop is not None and self is self.loop.end


@final
@dataclass(eq=False, repr=False)
class TimeLoop:
    """Instructions that run once for each step of time, from the last one if `reverse`.

    Buffers written inside are only read in the same step, except for those that hold the carry.

    graph    what one step computes
    enter    what runs before the first step: copies of the initial carry
    body     what runs in each step
    begin    the instruction that stands for the loop; its operands are all that the loop reads
             from outside, or leaves behind
    end      the end of a step: what it lists must be intact in the next one
    """

    graph: Graph
    length: int
    reverse: bool
    begin: Instruction
    end: Instruction
    enter: list[Instruction] = field(default_factory=list["Instruction"])
    body: list[Instruction] = field(default_factory=list["Instruction"])

    @property
    def times(self) -> range:
        """The indices of the steps along the axis of time, in the order in which they run."""
        return range(self.length)[::-1] if self.reverse else range(self.length)


def flattened(instructions: Iterable[Instruction]) -> Iterator[Instruction]:
    """All instructions in order; between the beginning and the end of a loop, those of the loop."""
    for instruction in instructions:
        yield instruction
        if (loop := instruction.begun_loop) is not None:
            yield from loop.enter
            yield from flattened(loop.body)
            yield loop.end


def repetitions(instructions: Sequence[Instruction], times: int = 1) -> dict[Instruction, int]:
    """How often each instruction runs."""
    found = dict[Instruction, int]()
    for one in instructions:
        found[one] = times
        if (loop := one.begun_loop) is not None:
            found |= repetitions(loop.enter, times)
            found |= repetitions(loop.body, times * loop.length)
            found[loop.end] = times * loop.length
    return found
