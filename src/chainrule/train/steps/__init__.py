"""One training step: traced, compiled or evaluated by reference."""

from chainrule.train.steps.stepper import Stepper, make_stepper

__all__ = ["Stepper", "make_stepper"]
