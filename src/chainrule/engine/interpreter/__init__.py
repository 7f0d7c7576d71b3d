"""The interpreter: programs encoded as tables of numbers, and the compiled loops that run them."""

from chainrule.engine.interpreter.runner import Runner

__all__ = ["Runner"]
