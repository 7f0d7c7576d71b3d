"""Instructions: what a program is a list of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from chainrule.graph import Node, Primitive
from chainrule.program.view import View

__all__ = ["Instruction", "MicroOp", "Register"]


@final
@dataclass(frozen=True)
class Register:
    """A tile of scratch memory that only one fused instruction sees."""

    number: int


@final
@dataclass(frozen=True)
class MicroOp:
    """One elementwise operation within a fused instruction: out = op(*inputs)."""

    op: str
    out: Register | View
    inputs: tuple[Register | View, ...]
    params: tuple[float, ...] = ()


@final
@dataclass(eq=False)
class Instruction:
    """One opcode with its operands.

    op          the opcode; "call" runs a primitive's reference value
    outputs     where results go
    inputs      where operands are
    attributes  sizes and settings
    nodes       the nodes of the record it computes
    """

    op: str
    outputs: tuple[View, ...]
    inputs: tuple[View, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    nodes: tuple[Node, ...] = ()
    primitive: Primitive | None = None
    micro: tuple[MicroOp, ...] = ()
