"""What is computed: nodes, primitives, graphs.  Knows no primitive by name."""

from chainrule.graph import show as show  # registers how graphs are written
from chainrule.graph.entries import Entries, Indices, Part, Triples
from chainrule.graph.evaluator import Evaluator
from chainrule.graph.graph import Graph, ancestors
from chainrule.graph.node import Array, Node, Spec
from chainrule.graph.primitive import Kink, Primitive, Rule
from chainrule.graph.verify import verify

__all__ = [
    "Array",
    "Entries",
    "Evaluator",
    "Graph",
    "Indices",
    "Kink",
    "Node",
    "Part",
    "Primitive",
    "Rule",
    "Spec",
    "Triples",
    "ancestors",
    "verify",
]
