"""Drawings as data: circuits and networks, and where their boxes and wires go.

Renderers turn them into SVG, HTML or text; nothing here knows of a format.
"""

from chainrule.explain.drawing.circuit_diagram import circuit
from chainrule.explain.drawing.diagram import Box, Column, Diagram, Link, Network, Neuron, Wire

__all__ = ["Box", "Column", "Diagram", "Link", "Network", "Neuron", "Wire", "circuit"]
