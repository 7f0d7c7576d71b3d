"""Operations over sliding windows: unfolding, convolution and its transpose, pooling."""

from chainrule.ops.windows.adaptive_pooling import adaptive_avg_pool, adaptive_max_pool
from chainrule.ops.windows.convolution import convolution
from chainrule.ops.windows.pooling import avg_pool, max_pool
from chainrule.ops.windows.transposed_convolution import transposed_convolution
from chainrule.ops.windows.unfold import fold, unfold

__all__ = [
    "adaptive_avg_pool",
    "adaptive_max_pool",
    "avg_pool",
    "convolution",
    "fold",
    "max_pool",
    "transposed_convolution",
    "unfold",
]
