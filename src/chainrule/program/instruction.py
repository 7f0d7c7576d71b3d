"""Instructions: one opcode with its operands, and the elementwise operations inside a fused one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, final

import numpy as np

from chainrule.graph import Node, Primitive
from chainrule.program.view import View

__all__ = ["Instruction", "Kernels", "MicroOp", "Register"]


class Kernels(Protocol):
    """The elementwise operations that the engine can run."""

    def __contains__(self, name: str, /) -> bool:
        """Whether the interpreter has a built-in operation called `name`."""
        ...

    def address(
        self,
        primitive: Primitive,
        dtype: np.dtype[Any],
        arrays: int,
        numbers: tuple[str, ...],
    ) -> int:
        """The address of a kernel compiled from a primitive, or 0 if it cannot be compiled.

        The kernel takes `arrays` arrays, followed by the parameters named in `numbers`.
        """
        ...


@final
@dataclass(frozen=True)
class Register:
    """A tile of scratch memory, visible only inside one fused instruction."""

    number: int


@final
@dataclass(frozen=True)
class MicroOp:
    """One elementwise operation within a fused instruction: out = op(*inputs, *params).

    `kernel` is the address of a compiled kernel, or 0 for an operation built into the interpreter.
    """

    op: str
    out: Register | View
    inputs: tuple[Register | View, ...]
    params: tuple[float, ...] = ()
    kernel: int = 0


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
