"""A product by one thread, without an epilogue: for kernels that multiply on their own."""

from __future__ import annotations

from chainrule.engine.jit.compile import inner
from chainrule.engine.kernels.matrix_product.product import multiply

__all__ = ["multiply_alone"]


@inner
def multiply_alone(
    A, a, b, c, m, n, k, a_distance, b_distance, c_distance, a_transposed, b_transposed, scratch,
    counter,
):  # fmt: skip
    """C = A·B, (m×k)·(k×n), with rows at these distances; see `multiply`."""
    multiply(A, a, b, c, m, n, k, a_distance, b_distance, c_distance, a_transposed, b_transposed, 0,
             scratch, -1, False, -1, 0, 1, counter, len(counter), -1, 0, -1, False)  # fmt: skip
