"""Programs: instructions in order, over one arena of bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array, Graph
from chainrule.graph.display import write
from chainrule.program.instruction import Instruction
from chainrule.program.view import Buffer

__all__ = ["Program"]


@final
@dataclass(frozen=True)
class Program:
    """Instructions in order, with an offset for every buffer.

    graph         what the program computes
    dtype         dtype of the floats that kernels compute with
    instructions  what to run, from first to last
    inputs        one buffer for each input of the graph
    outputs       one buffer for each output
    constants     values to copy into the arena before the first run
    size          length of the arena in bytes
    """

    graph: Graph
    dtype: np.dtype[Any]
    instructions: tuple[Instruction, ...]
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    constants: Mapping[Buffer, Array]
    size: int

    def __str__(self) -> str:
        return write(self, "text")
