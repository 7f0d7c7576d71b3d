"""What is computed: nodes, primitives, graphs.  Knows no primitive by name."""

from chainrule.graph.entries import Entries, Part, Places, Triples
from chainrule.graph.evaluate import Evaluator
from chainrule.graph.graph import Graph, ancestors
from chainrule.graph.node import Array, Node, Spec
from chainrule.graph.primitive import Kink, Primitive, Rule
from chainrule.graph.verify import verify

__all__ = [
    "Array",
    "Entries",
    "Evaluator",
    "Graph",
    "Kink",
    "Node",
    "Part",
    "Places",
    "Primitive",
    "Rule",
    "Spec",
    "Triples",
    "ancestors",
    "verify",
]
