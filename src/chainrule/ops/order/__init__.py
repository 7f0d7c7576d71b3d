"""Order: the indices that sort, sorted entries, medians and quantiles, places of numbers."""

from chainrule.ops.order import quantiles as quantiles
from chainrule.ops.order import sorting as sorting

__all__: list[str] = []
