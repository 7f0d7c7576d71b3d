"""Functions of NumPy that move, repeat, join, select or fill entries, made of a few primitives.

They are reached by NumPy's own names; nothing here is exported by `chainrule`.
"""

from chainrule.ops.movement import applied as applied
from chainrule.ops.movement import arrays as arrays
from chainrule.ops.movement import axes as axes
from chainrule.ops.movement import creation as creation
from chainrule.ops.movement import gather as gather
from chainrule.ops.movement import joins as joins
from chainrule.ops.movement import matrices as matrices
from chainrule.ops.movement import selections as selections
from chainrule.ops.movement import sets as sets

__all__: list[str] = []
