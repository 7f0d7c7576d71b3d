"""Formulas: computations as written on paper, and their plain-text form."""

from chainrule.formula import formula, functions, numpy_functions
from chainrule.formula import text as text  # registers how formulas are printed
from chainrule.formula.formula import *
from chainrule.formula.functions import *
from chainrule.formula.numpy_functions import *

__all__: list[str] = []
__all__ += formula.__all__
__all__ += functions.__all__
__all__ += numpy_functions.__all__
