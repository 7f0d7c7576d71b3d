# ruff: noqa: E501
"""Mutants of rules for complex numbers that no case of complex numbers notices yet.

`tests/ops/fft` notices those of the Fourier transforms; for the others a case is missing in
`cases_complex.py`: the phase of a determinant, a base of 0 with a complex exponent, eigenvectors of
which the phase counts.
"""

UNNOTICED = {
    (
        "_log_of_base",
        "log(where(base == 0.0, 1.0, base).astype(power.dtype))  →  log(where(base == 0.0, 1.0, base))",
    ),
    ("_log_of_base", "where(base == 0.0, 1.0, base)  →  where(base == 0.0, 2.0, base)"),
    ("_log_of_base", "where(base == 0.0, 1.0, base)  →  where(base == 0.0, -1.0, base)"),
    ("_log_of_base", "base == 0.0  →  base == 1.0"),
    ("pow", "_log_of_base(z, x, y)  →  _log_of_base(-1.0 * z, x, y)"),
    ("pow", "_log_of_base(z, x, y)  →  _log_of_base(2.0 * z, x, y)"),
    (
        "_fft_vjp",
        "return as_cotangent(apply(_FFT, g, **params), x)  →  return apply(_FFT, g, **params)",
    ),
    (
        "_rfft_vjp",
        "halves = conj(g) / _multiplicities(g, axis, n)  →  halves = conj(g) * _multiplicities(g, axis, n)",
    ),
    ("_rfft_vjp", "halves = conj(g) / _multiplicities(g, axis, n)  →  halves = conj(g)"),
    ("_rfft_vjp", "conj(g) / _multiplicities(g, axis, n)  →  g / _multiplicities(g, axis, n)"),
    ("_rfft_vjp", "_multiplicities(g, axis, n)  →  _multiplicities(-1.0 * g, axis, n)"),
    ("_rfft_vjp", "_multiplicities(g, axis, n)  →  _multiplicities(2.0 * g, axis, n)"),
    (
        "_rfft_vjp",
        "return as_cotangent(apply(_IRFFT, halves, n=n, axis=axis, norm=NORMS[norm]), x)  →  return apply(_IRFFT, halves, n=n, axis=axis, norm=NORMS[norm])",
    ),
    (
        "_irfft_vjp",
        "return as_cotangent(found * _multiplicities(found, axis, n), x)  →  return found * _multiplicities(found, axis, n)",
    ),
    ("_irfft_vjp", "_multiplicities(found, axis, n)  →  _multiplicities(-1.0 * found, axis, n)"),
    ("_irfft_vjp", "_multiplicities(found, axis, n)  →  _multiplicities(2.0 * found, axis, n)"),
    (
        "_multiplicities",
        "np.full(n // 2 + 1, 2.0, real_part(x.dtype))  →  np.full(n // 2 + 1, 2.0, x.dtype)",
    ),
    ("_multiplicities", "n % 2  →  -1.0 * n % 2"),
    ("_multiplicities", "n % 2  →  2.0 * n % 2"),
    ("_multiplicities", "n % 2  →  n % -2"),
    (
        "_multiplicities",
        "return constant(count.reshape([-1 if i == axis else 1 for i in range(x.ndim)]))  →  return count.reshape([-1 if i == axis else 1 for i in range(x.ndim)])",
    ),
    (
        "_multiplicities",
        "constant(count.reshape([-1 if i == axis else 1 for i in range(x.ndim)]))  →  constant(count)",
    ),
    (
        "_slogdet_pullback",
        "along = 1j * imag(of_sign * sign)  →  along = 1j / imag(of_sign * sign)",
    ),
    ("_slogdet_pullback", "along = 1j * imag(of_sign * sign)  →  along = 1j"),
    ("_slogdet_pullback", "along = 1j * imag(of_sign * sign)  →  along = imag(of_sign * sign)"),
    (
        "_slogdet_pullback",
        "g = along if g is None else g + along  →  g = g + along if g is None else along",
    ),
    ("_slogdet_pullback", "1j * imag(of_sign * sign)  →  1j * (of_sign * sign)"),
    ("_slogdet_pullback", "1j * imag(of_sign * sign)  →  1j * (-1.0 * imag(of_sign * sign))"),
    ("_slogdet_pullback", "1j * imag(of_sign * sign)  →  1j * (2.0 * imag(of_sign * sign))"),
    (
        "_slogdet_pullback",
        "along if g is None else g + along  →  along if g is None else g - along",
    ),
    ("_slogdet_pullback", "along if g is None else g + along  →  along if g is None else g"),
    ("_slogdet_pullback", "along if g is None else g + along  →  along if g is None else along"),
    ("_slogdet_pullback", "imag(of_sign * sign)  →  imag(of_sign / sign)"),
    ("_slogdet_pullback", "imag(of_sign * sign)  →  imag(of_sign)"),
    ("_slogdet_pullback", "imag(of_sign * sign)  →  imag(sign)"),
    ("_slogdet_pullback", "imag(of_sign * sign)  →  imag(-1.0 * (of_sign * sign))"),
    ("_slogdet_pullback", "imag(of_sign * sign)  →  imag(2.0 * (of_sign * sign))"),
    ("_slogdet_pullback", "g + along  →  -1.0 * g + along"),
    ("_slogdet_pullback", "g + along  →  2.0 * g + along"),
    ("_slogdet_pullback", "g + along  →  g + -1.0 * along"),
    ("_slogdet_pullback", "g + along  →  g + 2.0 * along"),
    ("_slogdet_pullback", "of_sign * sign  →  -1.0 * of_sign * sign"),
    ("_slogdet_pullback", "of_sign * sign  →  2.0 * of_sign * sign"),
    ("_slogdet_pullback", "of_sign * sign  →  of_sign * (-1.0 * sign)"),
    ("_slogdet_pullback", "of_sign * sign  →  of_sign * (2.0 * sign)"),
    ("_eig_pullback", "vt @ conj(v)  →  vt @ v"),
    ("_eigh_pullback", "conj(v) @ inner  →  v @ inner"),
}
