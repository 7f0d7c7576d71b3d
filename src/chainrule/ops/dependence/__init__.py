"""How output entries depend on input entries: a sparse Jacobian for each kind of primitive.

A primitive may act on each entry, rearrange entries, reduce axes, mix the entries along an axis, or
sum products.  Each kind is written once, here, and the primitive's block names its kind;
`elementwise` and `reduction` name theirs automatically.  The Jacobian of a primitive that names no
kind is computed by its VJP, one row at a time, which is slow; a pair of entries is then taken as
independent if its local gradient is 0 at the point and at two random ones.
"""

from chainrule.ops.dependence.along_axes import AlongAxis, Reduced
from chainrule.ops.dependence.contracted import Contracted, Products
from chainrule.ops.dependence.elementwise import Elementwise
from chainrule.ops.dependence.flat_indices import flat_indices
from chainrule.ops.dependence.gather_scatter import Gathered, Scattered

__all__ = ["AlongAxis", "Contracted", "Elementwise", "Gathered", "Products", "Reduced"]
__all__ += ["Scattered", "flat_indices"]
