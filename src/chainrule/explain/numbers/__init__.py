"""Numbers as people write them: the one place that decides how a number is rounded and written."""

from chainrule.explain.numbers.counts import RAISED, counted, percent
from chainrule.explain.numbers.number_style import MOST_DIGITS, ROUNDINGS, NumberStyle
from chainrule.explain.numbers.number_writer import NumberWriter, PlainWriter, column_of

__all__ = ["MOST_DIGITS", "RAISED", "ROUNDINGS", "NumberStyle", "NumberWriter", "PlainWriter"]
__all__ += ["column_of", "counted", "percent"]
