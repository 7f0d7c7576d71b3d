"""Paths: a gradient as the sum, over all paths to the output, of products of local gradients.

Here belongs what counts, adds up and ranks paths; how they are shown is decided above.
"""

from chainrule.explain.paths.counting import Paths
from chainrule.explain.paths.path import Path, PathSum, Vertex

__all__ = ["Path", "PathSum", "Paths", "Vertex"]
