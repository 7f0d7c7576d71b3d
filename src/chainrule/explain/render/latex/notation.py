"""Names, numbers and plain text in LaTeX, for any characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from chainrule.explain.render.name_parts import GREEK, split
from chainrule.formula.numbers import NumberWriter

__all__ = ["LatexNumbers", "escape", "name", "title"]

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "∂": r"$\partial$",
    "′": r"$'$",
    "⁺": "$^{+}$",
    "⁻": "$^{-}$",
    "…": r"\ldots{}",
    "≤": r"$\le$",
    "≥": r"$\ge$",
    "≠": r"$\ne$",
    "←": r"$\leftarrow$",
    "→": r"$\to$",
    "¼": r"$\tfrac14$",
    "½": r"$\tfrac12$",
    "¾": r"$\tfrac34$",
    "∞": r"$\infty$",
    "÷": r"$\div$",
    "±": r"$\pm$",
    "≈": r"$\approx$",
    "≡": r"$\equiv$",
    "∝": r"$\propto$",
    "∈": r"$\in$",
    "‖": r"$\Vert$",
    "∑": r"$\sum$",
    "∏": r"$\prod$",
    "∫": r"$\int$",
    "∇": r"$\nabla$",
    "°": r"$^{\circ}$",
    "µ": r"$\mu$",
    "√": r"$\surd$",
    "ᵀ": r"$^{\mathsf T}$",
    **dict.fromkeys("⋅∙", r"$\cdot$"),
    "∗": "$*$",
    **{sign: f"$_{{{digit}}}$" for digit, sign in enumerate("₀₁₂₃₄₅₆₇₈₉")},
    **{special: f"\\{special}" for special in "#$%&_{}"},
    **{sign: f"$^{{{digit}}}$" for digit, sign in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")},
}

_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0308": '"',
    "\u030a": "r",
    "\u030c": "v",
    "\u0327": "c",
}

_CHARACTER = r".[\u0300-\u036f]*"

_POWER = r"(\d+(?:[.,]\d+)?·10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)"
"""A number with a power of ten, as sentences have it."""

# Greek letters by character; letters that look like Latin ones have no command
_COMMANDS = {letter: command for command, letter in GREEK.items()} | {"ε": "varepsilon"}


def escape(text: str) -> str:
    """Escape plain text; a character that TeX has no font for becomes its code point.

    >>> print(escape("50 % of w_1, naïve {α}"))
    50 \\% of w\\_1, na\\"{\\i}ve \\{$\\alpha$\\}
    """
    composed = unicodedata.normalize("NFC", text)
    parts = re.split(_POWER, composed)
    return "".join(
        _power(part) if i % 2 else "".join(map(_character, re.findall(_CHARACTER, part, re.DOTALL)))
        for i, part in enumerate(parts)
    )


def _power(number: str) -> str:
    """A number such as 1.38·10⁻⁵ as one piece of mathematics, as in an equation."""
    mantissa, _, raised = number.partition("·10")
    exponent = "".join(unicodedata.normalize("NFKC", digit) for digit in raised)
    return f"${mantissa.replace(',', '{,}')} \\cdot 10^{{{exponent.replace('−', '-')}}}$"


def title(text: str) -> str:
    """Escape a title, whose lines stay lines."""
    return r"\\ ".join(map(escape, text.splitlines()))


def _character(char: str) -> str:
    """One character, with the accents that follow it."""
    if char in _ESCAPED:
        return _ESCAPED[char]
    if char.isascii() and char.isprintable():
        return char
    if char in _COMMANDS:
        return f"$\\{_COMMANDS[char]}$"
    if char.isspace():
        return " "
    base, *marks = unicodedata.normalize("NFD", char)
    if len(marks) == 1 and marks[0] in _ACCENTS and base.isascii():
        letter = f"\\{base}" if base in "ij" else base
        return f"\\{_ACCENTS[marks[0]]}{{{letter}}}"
    alone = f"U+{ord(char[-1]):04X}"
    return _character(char[:-1]) + alone if len(char) > 1 else alone


def name(written: str) -> str:
    """Set a name as a mathematical symbol.

    >>> print(name("net_h1"), name("w5"), name("theta"), name("layers.0.weight[5, 30]"))
    \\mathit{net}_{\\mathit{h1}} w_{5} \\theta \\mathit{layers.0.weight}[5, 30]
    """
    stem, subscript, entry = split(written)
    below = f"_{{{_word(subscript)}}}" if subscript else ""
    index = entry if re.fullmatch(r"\[(t=)?[\d, ]*\]|", entry) else f"\\text{{{escape(entry)}}}"
    return f"{_word(stem)}{below}{index}"


def _word(word: str) -> str:
    if word in GREEK:
        return f"\\{word}"
    if word in _COMMANDS:
        return f"\\{_COMMANDS[word]}"
    if re.fullmatch(r"[A-Za-z]|[\d,]+", word):
        return word
    if re.fullmatch(r"[A-Za-z0-9.,]+", word):
        return f"\\mathit{{{word}}}"
    return f"\\text{{\\itshape {escape(word)}}}"


class LatexNumbers:
    """Writes numbers in one style as LaTeX.

    >>> from chainrule.formula.numbers import NumberStyle
    >>> write = LatexNumbers(NumberWriter(NumberStyle()))
    >>> print(write(-0.0000043856773), write(0.5))
    -4.38568 \\cdot 10^{-6} 0.5
    >>> print(LatexNumbers(NumberWriter(NumberStyle(decimal_comma=True)))(0.5))
    0{,}5
    """

    def __init__(self, numbers: NumberWriter) -> None:
        self.numbers = numbers
        self.separator = self.numbers.separator

    def also_zero(self, zeros: Collection[float]) -> LatexNumbers:
        """The same for which these numbers are 0 but for rounding, too."""
        return LatexNumbers(self.numbers.also_zero(zeros))

    def __call__(self, value: float) -> str:
        """A number in math mode."""
        return self._typeset(self.numbers.plain(value))

    def result(self, value: float) -> str:
        """A number that was just computed; if it is 0 but for rounding, with what it is."""
        residue = self.numbers.residue(value)
        if residue:
            return f"0 \\;(\\text{{rounding: }} {self._typeset(residue)})"
        return self(value)

    def column(self, values: Sequence[float]) -> list[str]:
        """The numbers of a column, all in one style."""
        written = map(self._typeset, self.numbers.plain_column(values))
        return [
            f"${self.result(value) if self.numbers.residue(value) else one}$"
            for value, one in zip(values, written, strict=True)
        ]

    def _typeset(self, plain: str) -> str:
        mark = "{,}" if self.numbers.mark == "," else "."
        mantissa, _, exponent = plain.replace("inf", r"\infty").partition("e")
        mantissa = mantissa.replace(".", mark)
        return f"{mantissa} \\cdot 10^{{{int(exponent)}}}" if exponent else mantissa
