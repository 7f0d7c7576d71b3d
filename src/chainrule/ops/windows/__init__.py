"""Operations over sliding windows: unfolding, convolution, pooling."""

from chainrule.ops.windows.convolution import convolution
from chainrule.ops.windows.pooling import adaptive_avg_pool, avg_pool, max_pool
from chainrule.ops.windows.unfold import fold, unfold

__all__ = ["adaptive_avg_pool", "avg_pool", "convolution", "fold", "max_pool", "unfold"]
