"""Instructions: one opcode with its operands, and the elementwise operations inside a fused one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.graph import Node, Primitive
from chainrule.program.elementwise import ElementwiseOperation
from chainrule.program.view import View

__all__ = ["Instruction", "MicroOp", "Register"]


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
    """

    op: str
    outputs: tuple[View, ...]
    inputs: tuple[View, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    nodes: tuple[Node, ...] = ()
    primitive: Primitive | None = None
    micro: tuple[MicroOp, ...] = ()
