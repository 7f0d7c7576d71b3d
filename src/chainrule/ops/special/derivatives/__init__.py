"""Differences of nearly equal numbers, most of them derivatives, with all their digits."""

from chainrule.ops.special.derivatives import logarithms, polygamma_functions, scaled, stirling
from chainrule.ops.special.derivatives.logarithms import *
from chainrule.ops.special.derivatives.polygamma_functions import *
from chainrule.ops.special.derivatives.scaled import *
from chainrule.ops.special.derivatives.stirling import *

__all__: list[str] = []
__all__ += logarithms.__all__
__all__ += polygamma_functions.__all__
__all__ += scaled.__all__
__all__ += stirling.__all__
