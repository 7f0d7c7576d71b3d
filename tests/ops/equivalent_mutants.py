"""Mutants of rules, most of them of special functions, that compute the same, and the reasons."""

from __future__ import annotations

EVEN_OR_ODD = "functions of whole order are even or odd, both of them"
EITHER = "near there, either formula will do"
UNUSED = "the result is not used there"
EVEN_ORDER = "the order may have either sign"
KEPT = "it says what is kept for derivatives of derivatives, not what they are: see test_scan.py"

OF_SPECIAL_FUNCTIONS: dict[tuple[str, str], str] = {
    ("_j1_slope", "j0(x)  →  j0(-1.0 * x)"): EVEN_OR_ODD,
    ("_j1_slope", "jv(2.0, x)  →  jv(-2.0, x)"): EVEN_ORDER,
    ("j1", "_j1_slope(x)  →  _j1_slope(-1.0 * x)"): EVEN_OR_ODD,
    ("_y1_slope", "yn(2.0, x)  →  yn(-2.0, x)"): EVEN_ORDER,
    ("_share", "where(none, 1.0, y)  →  where(none, 2.0, y)"): "0 is divided by it",
    ("_share", "where(none, 1.0, y)  →  where(none, -1.0, y)"): "0 is divided by it",
    ("_excess", "where(none, 1.0, y)  →  where(none, 2.0, y)"): UNUSED,
    ("_excess", "where(none, 1.0, y)  →  where(none, -1.0, y)"): UNUSED,
    ("i1e", "scaled_derivative('i1e', x, 1.0)  →  scaled_derivative('i1e', x, -1.0)"): EVEN_ORDER,
    ("_rgamma_slope", "below = x < 0.5  →  below = x <= 0.5"): EITHER,
    ("_rgamma_slope", "x < 0.5  →  2.0 * x < 0.5"): EITHER,
    ("_rgamma_slope", "x < 0.5  →  x < 1.5"): EITHER,
    ("_rgamma_slope", "where(below, x, 0.0)  →  where(below, x, 1.0)"): UNUSED,
    ("_rgamma_slope", "cos(angle)  →  cos(-1.0 * angle)"): "the cosine is even",
    ("_rgamma_slope", "where(below, u, 1.0)  →  where(below, u, 2.0)"): UNUSED,
    ("_i1_slope", "i0(x)  →  i0(-1.0 * x)"): EVEN_OR_ODD,
    ("_i1_slope", "iv(2.0, x)  →  iv(-2.0, x)"): EVEN_ORDER,
    ("i1", "_i1_slope(x)  →  _i1_slope(-1.0 * x)"): EVEN_OR_ODD,
    (
        "_pullback",
        "(consts + carries, {'recompute': True} if recompute else {})  →  (consts + carries, {}"
        " if recompute else {'recompute': True})",
    ): KEPT,
    ("_pullback", "{'recompute': True}  →  {'recompute': False}"): KEPT,
    ("_k1_slope", "kv(2.0, x)  →  kv(-2.0, x)"): EVEN_ORDER,
}
"""By the name of the rule and the change."""
