"""Operations that act on each entry independently, with broadcasting."""

from chainrule.ops.elementwise import (
    activations,
    arithmetic,
    bits,
    comparison,
    complex_numbers,
    exponential,
    extremes,
    hyperbolic,
    log_sums,
    powers,
    rounding,
    trigonometric,
)
from chainrule.ops.elementwise.activations import *
from chainrule.ops.elementwise.arithmetic import *
from chainrule.ops.elementwise.bits import *
from chainrule.ops.elementwise.comparison import *
from chainrule.ops.elementwise.complex_numbers import *
from chainrule.ops.elementwise.exponential import *
from chainrule.ops.elementwise.extremes import *
from chainrule.ops.elementwise.hyperbolic import *
from chainrule.ops.elementwise.log_sums import *
from chainrule.ops.elementwise.powers import *
from chainrule.ops.elementwise.rounding import *
from chainrule.ops.elementwise.trigonometric import *

__all__: list[str] = []
__all__ += activations.__all__
__all__ += arithmetic.__all__
__all__ += bits.__all__
__all__ += comparison.__all__
__all__ += complex_numbers.__all__
__all__ += exponential.__all__
__all__ += extremes.__all__
__all__ += hyperbolic.__all__
__all__ += log_sums.__all__
__all__ += powers.__all__
__all__ += rounding.__all__
__all__ += trigonometric.__all__
