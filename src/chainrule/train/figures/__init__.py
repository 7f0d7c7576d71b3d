"""Pictures of a run, one kind a file.

They are drawn with matplotlib's objects, never with `pyplot`: no window, no state shared between
calls. What tells lines apart is never colour alone, and colours differ in lightness too: a picture
is read in every kind of colour blindness and printed in grey.
"""

from chainrule.train.figures.activations import activation_histograms
from chainrule.train.figures.boundary import decision_boundary
from chainrule.train.figures.canvas import to_files, to_png, to_svg
from chainrule.train.figures.flow import neurons, shrinkage
from chainrule.train.figures.gradients import gradient_flow, gradient_norms
from chainrule.train.figures.loss import loss_curve

__all__ = [
    "activation_histograms",
    "decision_boundary",
    "gradient_flow",
    "gradient_norms",
    "loss_curve",
    "neurons",
    "shrinkage",
    "to_files",
    "to_png",
    "to_svg",
]
