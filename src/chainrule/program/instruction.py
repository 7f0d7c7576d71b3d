"""Instructions: what a program is a list of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, final

import numpy as np

from chainrule.graph import Node, Primitive
from chainrule.program.view import View

__all__ = ["Instruction", "Kernels", "MicroOp", "Register"]


class Kernels(Protocol):
    """The elementwise operations that programs can be made of."""

    def __contains__(self, name: str, /) -> bool:
        """Whether the machine has an operation of its own, so called."""
        ...

    def address(
        self,
        primitive: Primitive,
        dtype: np.dtype[Any],
        arrays: int,
        numbers: tuple[str, ...],
    ) -> int:
        """Where a kernel of a primitive lies, which takes the numbers so called behind its arrays.

        0 where it has none.
        """
        ...


@final
@dataclass(frozen=True)
class Register:
    """A tile of scratch memory that only one fused instruction sees."""

    number: int


@final
@dataclass(frozen=True)
class MicroOp:
    """One elementwise operation within a fused instruction: out = op(*inputs).

    `kernel` is where its kernel lies, or 0 for an operation of the machine's own.
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
