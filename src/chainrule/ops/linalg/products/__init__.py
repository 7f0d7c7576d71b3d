"""Products of vectors, matrices and arrays with more axes."""

from chainrule.ops.linalg.products.contractions import dot, inner, kron, tensordot
from chainrule.ops.linalg.products.cross import cross
from chainrule.ops.linalg.products.einsum import einsum
from chainrule.ops.linalg.products.vectors import outer, vdot, vecdot

__all__ = ["cross", "dot", "einsum", "inner", "kron", "outer", "tensordot", "vdot", "vecdot"]
