"""The kernel of matrix products: a tile of the result at a time, from packed panels."""

from chainrule.engine.kernels.matrix_product.product import (
    advance,
    multiply,
    packed_size,
    scratch_size,
    split,
)

__all__ = ["advance", "multiply", "packed_size", "scratch_size", "split"]
