"""Tests of tinygrad that NumPy has no expression for, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["NOT_APPLICABLE"]

DRAWN = "random initialisation; nothing is computed from an operand"
IN_PLACE = "assigns to entries in place, which is no expression"
BITS = "reads the bits of numbers as another dtype"
INDICES = "the indices of pooled entries, which chainrule's pooling does not return"
FIXED = "results of a fixed size, filled up: NumPy's have the size that the values need"
BYTES = "interpolation of bytes, with tinygrad's and PyTorch's own rounding"
OVERFLOW = "tinygrad's own checks of overflow"
ORDER = "NumPy puts the axes of indices that a slice separates first, PyTorch does not"
LIMITS = "tinygrad's rule for the dtype of wide integers"

NOT_APPLICABLE: Mapping[str, str] = {
    "TestOps::test_negative_dims": DRAWN,
    "TestOps::test_negative_dims_kaiming": DRAWN,
    "TestOps::test_arange": OVERFLOW,
    "TestOps::test_scatter": IN_PLACE,
    "TestOps::test_scatter_add": IN_PLACE,
    "TestOps::test_scatter_mul": IN_PLACE,
    "TestOps::test_scatter_no_reduce_tensor_src": IN_PLACE,
    "TestOps::test_scatter_reduce": IN_PLACE,
    "TestOps::test_scatter_reduce_prod_zeros": IN_PLACE,
    "TestOps::test_scatter_reduce_errors": IN_PLACE,
    "TestOps::test_bitcast": BITS,
    "TestOps::test_int_or": LIMITS,
    "TestOps::test_max_pool2d_return_indices": INDICES,
    "TestOps::test_max_unpool2d": INDICES,
    "TestOps::test_max_unpool2d_inf": INDICES,
    "TestOps::test_masked_select_size": FIXED,
    "TestOps::test_nonzero_size": FIXED,
    "TestOps::test_slice_fancy_indexing_dim_collapse_int": ORDER,
    "TestOpsUint8::test_interpolate_bilinear": BYTES,
}
"""Reasons by the names of tests."""
