"""Derivatives whose formulas subtract nearly equal numbers: computed so that digits stay."""

from chainrule.ops.special.derivatives import logarithms, polygamma_functions, scaled
from chainrule.ops.special.derivatives.logarithms import *
from chainrule.ops.special.derivatives.polygamma_functions import *
from chainrule.ops.special.derivatives.scaled import *

__all__: list[str] = []
__all__ += logarithms.__all__
__all__ += polygamma_functions.__all__
__all__ += scaled.__all__
