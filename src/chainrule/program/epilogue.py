"""Absorption: what happens to a matrix product entry by entry happens as it is stored.

A layer adds its bias to a product and takes ReLU of that; on the way back a product is let through
where the unit was active.  Each would be one more walk over what was just written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.view import Buffer, View

__all__ = ["Epilogue", "epilogue_of", "fuse_epilogues"]


@dataclass(frozen=True)
class Epilogue:
    """What is done to each entry: bias added, ReLU taken, 0 where `gate` is not positive."""

    bias: View | None = None
    relu: bool = False
    gate: View | None = None

    @property
    def operands(self) -> tuple[View, ...]:
        """What it reads."""
        return tuple(view for view in (self.bias, self.gate) if view is not None)


def epilogue_of(product: Instruction) -> Epilogue:
    """What is done to the product before it is stored."""
    return product.attributes.get("epilogue", Epilogue())


def fuse_epilogues(instructions: Sequence[Instruction], kept: set[Buffer]) -> list[Instruction]:
    """Give products their epilogue; buffers in `kept` are wanted after the last instruction."""
    reads = Counter(view.buffer for i in instructions for view in i.inputs)
    products = {i.outputs[0].buffer: i for i in instructions if i.op == "gemm"}
    found: list[Instruction] = []
    for instruction in instructions:
        product = next(
            (products[v.buffer] for v in instruction.inputs if v.buffer in products), None
        )
        epilogue = product and _epilogue(instruction, product.outputs[0])
        if not (product and epilogue):
            found.append(instruction)
            continue
        plain, place = product.outputs[0].buffer, found.index(product)
        later = {view.buffer for other in found[place:] for view in other.outputs}
        if plain in kept or reads[plain] > 1 or any(v.buffer in later for v in epilogue.operands):
            found.append(instruction)
            continue
        found[place] = Instruction(
            "gemm",
            (instruction.outputs[0].buffer.whole(product.outputs[0].shape),),
            (*product.inputs, *epilogue.operands),
            {"epilogue": epilogue},
            (*product.nodes, *instruction.nodes),
        )
    return found


def _epilogue(instruction: Instruction, product: View) -> Epilogue | None:
    """What a fused instruction does to a product, if it is nothing else."""
    out, *others = instruction.outputs
    if instruction.op != "fused" or others or out.size != product.size:  # which may be repeated
        return None
    match instruction.micro:
        case [MicroOp("add", View(), (View() as x, View() as y))]:
            return _biased(x, y, product, relu=False)
        case [
            MicroOp("add", Register(), (View() as x, View() as y)),
            MicroOp("relu", View(), (Register(),)),
        ]:
            return _biased(x, y, product, relu=True)
        case [MicroOp("relu", View(), (View(),))]:
            return Epilogue(relu=True)
        case [MicroOp("gate", View(), (View() as gate, View() as x))]:
            return Epilogue(gate=gate) if x.buffer is product.buffer and gate.contiguous else None
        case _:
            return None


def _biased(x: View, y: View, product: View, *, relu: bool) -> Epilogue | None:
    """The sum of the product and a view that has an entry for each of its columns."""
    bias = y if x.buffer is product.buffer else x
    rows, columns = product.shape
    row = bias.buffer.size == columns and bias.strides[-1:] == (1,)
    fits = row and (rows == 1 or not any(bias.strides[:-1]))
    return Epilogue(bias, relu=relu) if fits else None
