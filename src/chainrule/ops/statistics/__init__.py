"""Sums, means and spreads with NumPy's options: where, initial, dtype, weights; without nan."""

from chainrule.ops.statistics import averages as averages
from chainrule.ops.statistics import cumulative as cumulative
from chainrule.ops.statistics import missing as missing
from chainrule.ops.statistics import options as options

__all__: list[str] = []
