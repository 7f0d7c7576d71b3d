"""The parts of a name that mathematics sets apart: stem, subscript, and the index of an entry."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["GREEK", "NameParts", "split"]

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
"""Greek letters by their names in TeX."""


class NameParts(NamedTuple):
    """A name split into its stem, its subscript, and the index of an entry in brackets."""

    stem: str
    subscript: str
    entry: str


def split(name: str) -> NameParts:
    """Split a name; a dotted path such as `layers.0.weight` is not split.

    >>> split("net_h1")
    NameParts(stem='net', subscript='h1', entry='')
    >>> split("layers.0.weight[5, 30]")
    NameParts(stem='layers.0.weight', subscript='', entry='[5, 30]')
    >>> split("z2[_pos]")
    NameParts(stem='z', subscript='2', entry='[_pos]')
    """
    match = re.fullmatch(r"([^\s\[\]]+|.+?)(?:(?<=\S)(\[.+\]))?", name, re.DOTALL)
    if match is None:
        return NameParts(name, "", "")
    body, entry = match[1], match[2] or ""
    if "." in body:
        return NameParts(body, "", entry)
    match = re.fullmatch(r"([^_]*[^_\d])(\d*)(?:_(.+))?", body, re.DOTALL)
    if match is None:
        return NameParts(body, "", entry)
    stem, number, below = match.groups()
    return NameParts(stem, ",".join(filter(None, (number, below))), entry)
