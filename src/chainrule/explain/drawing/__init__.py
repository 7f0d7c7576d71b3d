"""Drawings as data: circuits and networks, and where their boxes and wires go.

Renderers turn them into SVG, HTML or text; nothing here knows of a format.  A network is imported
from the files that draw one, since few explanations do.
"""

from chainrule.explain.drawing.circuit_diagram import circuit
from chainrule.explain.drawing.diagram import Box, Diagram, Wire

__all__ = ["Box", "Diagram", "Wire", "circuit"]
