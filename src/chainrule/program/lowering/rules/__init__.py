"""Lowering rules, one per primitive, by family.

To add a rule, decorate a function with `lowers` in the file of its family; a new file must also be
imported here.  The rule of a primitive that has an instruction of its own is in the file of that
instruction, in `chainrule.engine.instructions`.
"""

from chainrule.program.lowering.rules import convolution as convolution
from chainrule.program.lowering.rules import indexing as indexing
from chainrule.program.lowering.rules import joins as joins
from chainrule.program.lowering.rules import matrix_products as matrix_products
from chainrule.program.lowering.rules import pooling as pooling
from chainrule.program.lowering.rules import reductions as reductions
from chainrule.program.lowering.rules import views as views
from chainrule.program.lowering.rules import windows as windows
from chainrule.program.lowering.rules.elementwise import any_elementwise, built_in
from chainrule.program.lowering.rules.registry import (
    ANY_FLOATS,
    INDICES,
    PATTERNS,
    RULES,
    lowers,
    recognises,
)

__all__ = [
    "ANY_FLOATS",
    "INDICES",
    "PATTERNS",
    "RULES",
    "any_elementwise",
    "built_in",
    "lowers",
    "recognises",
]
