"""The record of a computation: nodes, primitives, graphs, and how they are checked and printed.

This room knows what a primitive is, but no primitive by name: those live in `chainrule.ops`.
"""

from chainrule.graph import printing as printing  # registers how graphs are printed
from chainrule.graph.evaluator import Evaluator
from chainrule.graph.graph import Graph, ancestors, check_recorded
from chainrule.graph.node import Node, checked_name
from chainrule.graph.primitive import (
    Application,
    Dependence,
    Kink,
    Primitive,
    Pullback,
    Rule,
    dense_components,
    primitive_of,
)
from chainrule.graph.sparse_jacobian import Component, Indices, SparseJacobian
from chainrule.graph.spec import Array, Spec
from chainrule.graph.verify import verify

__all__ = ["Application", "Array", "Component", "Dependence", "Evaluator", "Graph", "Indices"]
__all__ += ["Kink", "Node", "Primitive", "Pullback", "Rule", "SparseJacobian", "Spec", "ancestors"]
__all__ += ["check_recorded", "checked_name", "dense_components", "primitive_of", "verify"]
