"""Mutants of the rules of special functions that compute the same, and the reasons."""

from __future__ import annotations

EVEN_OR_ODD = "functions of whole order are even or odd, both of them"
EITHER = "near there, either formula will do"
UNUSED = "the result is not used there"
NO_SCALE = "the sign has no scale"
EVEN_ORDER = "the order may have either sign"

OF_SPECIAL_FUNCTIONS: dict[tuple[str, str], str] = {
    ("_j1_slope", "j0(x)  →  j0(-1.0 * x)"): EVEN_OR_ODD,
    ("_j1_slope", "jv(2.0, x)  →  jv(-2.0, x)"): EVEN_ORDER,
    ("j1", "_j1_slope(x)  →  _j1_slope(-1.0 * x)"): EVEN_OR_ODD,
    ("_y1_slope", "yn(2.0, x)  →  yn(-2.0, x)"): EVEN_ORDER,
    ("_share", "where(none, 1.0, y)  →  where(none, 2.0, y)"): "0 is divided by it",
    ("_share", "where(none, 1.0, y)  →  where(none, -1.0, y)"): "0 is divided by it",
    ("_rgamma_slope", "below = x < 0.5  →  below = x <= 0.5"): EITHER,
    ("_rgamma_slope", "x < 0.5  →  2.0 * x < 0.5"): EITHER,
    ("_rgamma_slope", "x < 0.5  →  x < 1.5"): EITHER,
    ("_rgamma_slope", "where(below, x, 0.0)  →  where(below, x, 1.0)"): UNUSED,
    ("_rgamma_slope", "cos(angle)  →  cos(-1.0 * angle)"): "the cosine is even",
    ("_rgamma_slope", "where(below, u, 1.0)  →  where(below, u, 2.0)"): UNUSED,
    ("ive", "sign(x)  →  sign(2.0 * x)"): NO_SCALE,
    ("_i1_slope", "i0(x)  →  i0(-1.0 * x)"): EVEN_OR_ODD,
    ("_i1_slope", "iv(2.0, x)  →  iv(-2.0, x)"): EVEN_ORDER,
    ("i1", "_i1_slope(x)  →  _i1_slope(-1.0 * x)"): EVEN_OR_ODD,
    ("i0e", "sign(x)  →  sign(2.0 * x)"): NO_SCALE,
    ("_i2e", "large = abs(x) > 100.0  →  large = abs(x) >= 100.0"): EITHER,
    ("_i2e", "abs(x) > 100.0  →  2.0 * abs(x) > 100.0"): EITHER,
    ("_i2e", "abs(x) > 100.0  →  abs(x) > 101.0"): EITHER,
    ("_i2e", "abs(x)  →  abs(-1.0 * x)"): "a size has no sign",
    ("_i2e", "abs(x)  →  abs(2.0 * x)"): EITHER,
    ("_i2e", "i0e(x)  →  i0e(-1.0 * x)"): EVEN_OR_ODD,
    ("_i2e", "where(large, x, 1.0)  →  where(large, x, 2.0)"): UNUSED,
    ("_i2e", "where(large, x, 1.0)  →  where(large, x, -1.0)"): UNUSED,
    ("_i2e", "ive(2.0, where(large, 1.0, x))  →  ive(-2.0, where(large, 1.0, x))"): EVEN_ORDER,
    ("_i2e", "where(large, 1.0, x)  →  where(large, 2.0, x)"): UNUSED,
    ("_i2e", "where(large, 1.0, x)  →  where(large, -1.0, x)"): UNUSED,
    ("_i1e_slope", "sign(x)  →  sign(2.0 * x)"): NO_SCALE,
    ("_i1e_slope", "i0e(x)  →  i0e(-1.0 * x)"): EVEN_OR_ODD,
    ("_i1e_slope", "_i2e(x)  →  _i2e(-1.0 * x)"): EVEN_OR_ODD,
    ("_k1_slope", "kv(2.0, x)  →  kv(-2.0, x)"): EVEN_ORDER,
}
"""By the name of the rule and the change."""
