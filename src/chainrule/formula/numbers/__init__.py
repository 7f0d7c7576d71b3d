"""Numbers as people write them: the one place that decides how a number is rounded and written."""

from chainrule.formula.numbers.counts import RAISED, counted
from chainrule.formula.numbers.labels import for_programs, significant
from chainrule.formula.numbers.number_style import MOST_DIGITS, ROUNDINGS, NumberStyle
from chainrule.formula.numbers.number_writer import NumberWriter, PlainWriter, column_of
from chainrule.formula.numbers.rounding import shortest

__all__ = ["MOST_DIGITS", "RAISED", "ROUNDINGS", "NumberStyle", "NumberWriter", "PlainWriter"]
__all__ += ["column_of", "counted", "for_programs", "shortest", "significant"]
