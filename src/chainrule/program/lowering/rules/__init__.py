"""Lowering rules, one per primitive, by family.

To add a rule, decorate a function with `lowers` in the file of its family; a new file must also be
imported here.
"""

from chainrule.program.lowering.rules import from_integers as from_integers
from chainrule.program.lowering.rules import indexing as indexing
from chainrule.program.lowering.rules import joins as joins
from chainrule.program.lowering.rules import matrix_products as matrix_products
from chainrule.program.lowering.rules import reductions as reductions
from chainrule.program.lowering.rules import softmax as softmax
from chainrule.program.lowering.rules import views as views
from chainrule.program.lowering.rules import windows as windows
from chainrule.program.lowering.rules.elementwise import any_elementwise
from chainrule.program.lowering.rules.registry import RULES, lowers

__all__ = ["RULES", "any_elementwise", "lowers"]
