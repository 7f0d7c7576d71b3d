"""The cost model: how long an instruction is expected to take."""

from __future__ import annotations

from chainrule.program import Instruction

__all__ = ["estimated_nanoseconds"]


def estimated_nanoseconds(instruction: Instruction) -> float:
    """Nanoseconds that one thread takes, roughly."""
    inputs, outputs = instruction.inputs, instruction.outputs
    if instruction.op in ("gemm", "gemm_stack"):
        return outputs[0].size * inputs[0].shape[-1] / 50
    if instruction.op == "fused":
        return outputs[0].size * len(instruction.micro) / 10
    return sum(view.size for view in (*inputs, *outputs)) / 16
