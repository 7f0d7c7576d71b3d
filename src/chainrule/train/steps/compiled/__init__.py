"""Training steps lowered to programs and run by the engine, many in one call.

Everything here loads the compiler, so `make_stepper` imports it only when asked for.
"""

from chainrule.train.steps.compiled.compiled_stepper import CompiledStepper

__all__ = ["CompiledStepper"]
