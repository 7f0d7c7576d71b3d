"""Epilogue fusion: elementwise work on a matrix product, done to each tile before it is stored.

A layer adds its bias to a product and applies ReLU; in the backward pass, a product is set to 0
where the unit was inactive.  As an instruction of its own, each of these would be one more pass
over memory that was just written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from chainrule.program.instruction import Instruction, MicroOp, Register
from chainrule.program.view import Buffer, View, matrix_order

__all__ = ["Epilogue", "epilogue_of", "fuse_epilogues"]


@dataclass(frozen=True)
class Epilogue:
    """What is applied to each entry: + addend or bias, then ReLU, then 0 where `gate` is ≤ 0.

    The bias has an entry for each column, the addend one for each entry of the product.
    """

    bias: View | None = None
    relu: bool = False
    gate: View | None = None
    addend: View | None = None

    @property
    def operands(self) -> tuple[View, ...]:
        """The views that the epilogue reads."""
        return tuple(view for view in (self.bias, self.gate, self.addend) if view is not None)


def epilogue_of(product: Instruction) -> Epilogue:
    """The epilogue of a product; an empty one where it has none."""
    return product.attributes.get("epilogue", Epilogue())


def fuse_epilogues(
    instructions: Sequence[Instruction], live_out: set[Buffer], *, addends: bool = False
) -> list[Instruction]:
    """Fuse elementwise instructions into the products before them, also sums if `addends`.

    A product is left alone where its own value is still needed: by another instruction, or after
    the last one, as the buffers in `live_out` are.
    """
    reads = Counter(view.buffer for i in instructions for view in i.inputs)
    result: list[Instruction] = []
    products: dict[tuple[Buffer, int], int] = {}  # by buffer and offset of the result
    written_at: dict[Buffer, int] = {}
    for instruction in instructions:
        starts = ((view.buffer, view.offset) for view in instruction.inputs)
        index = next((products[start] for start in starts if start in products), -1)
        product = result[index] if index >= 0 else None
        epilogue = product and _as_epilogue(instruction, product.outputs[0], addends)
        if product and epilogue:
            target, raw = instruction.outputs[0], product.outputs[0].buffer
            # the epilogue runs with the product, so its operands must have been written before;
            # and nothing may have been written since to the buffer of its result
            used = (target, *epilogue.operands)
            in_time = all(written_at.get(view.buffer, -1) < index for view in used)
            if raw not in live_out and reads[raw] == 1 and in_time:
                result[index] = _with_epilogue(product, instruction, epilogue)
                written_at[target.buffer] = index
                continue
        written_at.update((view.buffer, len(result)) for view in instruction.outputs)
        if instruction.op == "gemm":
            out = instruction.outputs[0]
            products[out.buffer, out.offset] = len(result)
        result.append(instruction)
    return result


def _with_epilogue(
    product: Instruction, instruction: Instruction, epilogue: Epilogue
) -> Instruction:
    """The product with an epilogue that replaces `instruction`, whose result it writes."""
    out = instruction.outputs[0].reshape(product.outputs[0].shape)
    assert out is not None, "no strides are needed for a contiguous view"
    return Instruction(
        "gemm",
        (out,),
        (*product.inputs, *epilogue.operands),
        {"epilogue": epilogue},
        (*product.nodes, *instruction.nodes),
    )


def _as_epilogue(instruction: Instruction, product: View, addends: bool) -> Epilogue | None:
    """The epilogue equivalent to a fused instruction on `product`, if there is one."""
    out, *others = instruction.outputs
    read = [view for view in instruction.inputs if view.buffer is product.buffer]
    # a result larger than the product repeats its entries, another order moves them; and what
    # begins with the product shows its entries alone only if both are contiguous
    if (
        instruction.op != "fused"
        or others
        or out.size != product.size
        or not all(view.contiguous for view in (out, product, *read))
    ):
        return None
    match instruction.micro:
        case [MicroOp("add", View(), (View() as x, View() as y))]:
            return _sum_epilogue(x, y, product, addends, relu=False)
        case [
            MicroOp("add", Register(), (View() as x, View() as y)),
            MicroOp("relu", View(), (Register(),)),
        ]:
            return _sum_epilogue(x, y, product, addends, relu=True)
        case [MicroOp("relu", View(), (View(),))]:
            return Epilogue(relu=True)
        case [MicroOp("gate", View(), (View() as gate, View() as x))]:
            return Epilogue(gate=gate) if x.buffer is product.buffer and gate.contiguous else None
        case _:
            return None


def _sum_epilogue(x: View, y: View, product: View, addends: bool, *, relu: bool) -> Epilogue | None:
    """The epilogue for x + y, of which one is the product."""
    if (epilogue := _bias_epilogue(x, y, product, relu=relu)) or not addends:
        return epilogue
    addend = (y if x.buffer is product.buffer else x).reshape(product.shape)
    # a fused instruction reads rows: if these are in order, they are not columns
    in_order = addend is not None and matrix_order(addend) is not None
    return Epilogue(relu=relu, addend=addend) if in_order else None


def _bias_epilogue(x: View, y: View, product: View, *, relu: bool) -> Epilogue | None:
    """The epilogue for x + y, if one is the product and the other has one entry per column."""
    bias = y if x.buffer is product.buffer else x
    rows, columns = product.shape
    if rows == 1:
        one_row = bias.contiguous
    else:
        one_row = bias.shape[-1:] == (columns,) and not any(bias.strides[:-1])
    return Epilogue(bias, relu=relu) if one_row and bias.strides[-1:] == (1,) else None
