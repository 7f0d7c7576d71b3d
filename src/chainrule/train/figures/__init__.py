"""Figures of a training or of a gradient's flow, one kind per file.

They are drawn with matplotlib's objects, never with `pyplot`: no window opens, and calls share no
state.  Lines differ in more than colour, and colours differ in lightness too, so that a figure can
be read with every kind of colour blindness and when printed in grey.
"""

from chainrule.train.figures.activations import activation_histograms
from chainrule.train.figures.boundary import decision_boundary
from chainrule.train.figures.flow_by_layer import shrinkage
from chainrule.train.figures.flow_by_neuron import neurons
from chainrule.train.figures.flow_over_time import over_time
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.image_files import FORMATS, to_files, to_png, to_svg
from chainrule.train.figures.loss import loss_curve
from chainrule.train.figures.reliability import reliability_diagram

__all__ = [
    "FORMATS",
    "activation_histograms",
    "decision_boundary",
    "gradient_flow",
    "gradient_norms",
    "loss_curve",
    "neurons",
    "over_time",
    "reliability_diagram",
    "shrinkage",
    "to_files",
    "to_png",
    "to_svg",
]
