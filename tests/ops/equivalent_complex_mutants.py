# ruff: noqa: E501
"""Mutants of rules for complex numbers that compute the same function, and the reason."""

OF_COMPLEX_NUMBERS = {
    (
        "_irfft_vjp",
        "_multiplicities(found, axis, n)  →  _multiplicities(-1.0 * found, axis, n)",
    ): "only the number of axes and the dtype count",
    (
        "_irfft_vjp",
        "_multiplicities(found, axis, n)  →  _multiplicities(2.0 * found, axis, n)",
    ): "only the number of axes and the dtype count",
    (
        "pow",
        "_log_of_base(z, x, y)  →  _log_of_base(-1.0 * z, x, y)",
    ): "only the dtype of the power counts",
    (
        "_log_of_base",
        "where(base == 0.0, 1.0, base)  →  where(base == 0.0, 2.0, base)",
    ): "the power it is multiplied by is 0",
    (
        "_rfft_vjp",
        "_multiplicities(g, axis, n)  →  _multiplicities(-1.0 * g, axis, n)",
    ): "only the number of axes and the dtype count",
    (
        "_log_of_base",
        "where(base == 0.0, 1.0, base)  →  where(base == 0.0, -1.0, base)",
    ): "the power it is multiplied by is 0",
    (
        "_multiplicities",
        "return constant(count.reshape([-1 if i == axis else 1 for i in range(x.ndim)]))  →  return count.reshape([-1 if i == axis else 1 for i in range(x.ndim)])",
    ): "an array is a constant",
    (
        "_rfft_vjp",
        "_multiplicities(g, axis, n)  →  _multiplicities(2.0 * g, axis, n)",
    ): "only the number of axes and the dtype count",
    ("_multiplicities", "n % 2  →  -1.0 * n % 2"): "only whether it is 0 counts",
    ("_multiplicities", "n % 2  →  n % -2"): "only whether it is 0 counts",
    (
        "_rfft_vjp",
        "return as_cotangent(apply(_IRFFT, halves, n=n, axis=axis, norm=NORMS[norm]), x)  →  return apply(_IRFFT, halves, n=n, axis=axis, norm=NORMS[norm])",
    ): "the inverse transform is real",
    (
        "pow",
        "_log_of_base(z, x, y)  →  _log_of_base(2.0 * z, x, y)",
    ): "only the dtype of the power counts",
    (
        "_multiplicities",
        "np.full(n // 2 + 1, 2.0, real_part(x.dtype))  →  np.full(n // 2 + 1, 2.0, x.dtype)",
    ): "the counts are real in any dtype",
}
