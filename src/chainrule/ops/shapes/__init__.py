"""Operations that rearrange, repeat or join entries and compute nothing."""

from chainrule.ops.shapes import join, rearrange, same_shape
from chainrule.ops.shapes.join import *
from chainrule.ops.shapes.rearrange import *
from chainrule.ops.shapes.same_shape import *

__all__: list[str] = []
__all__ += join.__all__
__all__ += rearrange.__all__
__all__ += same_shape.__all__
