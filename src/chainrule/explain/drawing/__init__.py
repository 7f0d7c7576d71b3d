"""Drawings as data: diagrams and networks, and where their boxes and wires go."""
