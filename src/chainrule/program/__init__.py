"""The reading that runs: a graph lowered to instructions over one arena."""

from chainrule.program import show as show  # registers how programs are written
from chainrule.program.instruction import Instruction, Kernels, MicroOp, Register
from chainrule.program.program import Program, plan
from chainrule.program.view import Buffer, View

__all__ = ["Buffer", "Instruction", "Kernels", "MicroOp", "Program", "Register", "View", "plan"]
