"""Names as mathematics sets them: `net_h1` is net with subscript h1, `w5` is w with subscript 5."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["GREEK", "Name", "split"]

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ϵ",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "ϕ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "varepsilon": "ε",
    "varphi": "φ",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
"""Greek letters by the names that TeX and people give them."""


class Name(NamedTuple):
    """A name in the places it is set in: the stem, what is below it, the entry in brackets."""

    stem: str
    subscript: str
    entry: str


def split(name: str) -> Name:
    """The parts of a name; a dotted path such as `layers.0.weight` is left whole.

    >>> split("net_h1")
    Name(stem='net', subscript='h1', entry='')
    >>> split("layers.0.weight[5, 30]")
    Name(stem='layers.0.weight', subscript='', entry='[5, 30]')
    """
    match = re.fullmatch(r"(.+?)(\[\d+(?:, \d+)*\])?", name, re.DOTALL)
    if match is None:
        return Name(name, "", "")
    body, entry = match[1], match[2] or ""
    if "." in body:
        return Name(body, "", entry)
    match = re.fullmatch(r"([^_]*[^_\d])(\d*)(?:_(.+))?", body, re.DOTALL)
    if match is None:
        return Name(body, "", entry)
    stem, number, below = match.groups()
    return Name(stem, ",".join(filter(None, (number, below))), entry)
