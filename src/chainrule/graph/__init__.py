"""The record of a computation: nodes, primitives, graphs, and how they are checked and printed.

This room knows what a primitive is, but no primitive by name: those live in `chainrule.ops`.
"""

from chainrule.graph import node
from chainrule.graph import printing as printing  # registers how graphs are printed
from chainrule.graph.evaluator import Evaluator
from chainrule.graph.graph import Graph, ancestors, check_recorded
from chainrule.graph.node import *
from chainrule.graph.over_time.recurrence import Recurrence
from chainrule.graph.over_time.step_names import entry_of, step_name
from chainrule.graph.plain_numbers import how_taken, take_out
from chainrule.graph.sparse_jacobian import Component, Indices, SparseJacobian, Wanted
from chainrule.graph.spec import Array, Spec
from chainrule.graph.verify import verify

__all__: list[str] = ["Array", "Component", "Evaluator", "Graph", "Indices", "Recurrence"]
__all__ += ["SparseJacobian", "Spec", "Wanted", "ancestors", "check_recorded", "how_taken"]
__all__ += ["entry_of", "step_name", "take_out", "verify"]
__all__ += node.__all__
