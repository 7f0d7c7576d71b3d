"""Formulas: computations as written on paper, and their plain-text form."""

from chainrule.formula import formula, functions
from chainrule.formula import text as text  # registers how formulas are printed
from chainrule.formula.formula import *
from chainrule.formula.functions import *

__all__: list[str] = []
__all__ += formula.__all__
__all__ += functions.__all__
