"""Training steps: model, loss and optimizer traced to one graph, then compiled or evaluated.

`make_stepper` returns a `Stepper`, through which everything else trains.  The reference stepper
evaluates the graph with NumPy; `compiled/` lowers it to a program.
"""

from chainrule.train.steps.stepper import Stepper, make_stepper

__all__ = ["Stepper", "make_stepper"]
