"""What runs programs: compiled kernels and the machine that walks a program's table."""

from chainrule.engine.interpreter.runner import Runner

__all__ = ["Runner"]
