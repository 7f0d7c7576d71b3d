"""Rewrites notation as people type it, and as our output prints it, into what `ast` parses.

The text is cut into tokens, and only tokens are replaced: `x·y`, `−x`, `w₁`, `x²`, `xᵀ`, `|x|` and
`1 if x = 0 else 2` become `x*y`, `-x`, `w1`, `x**2`, `x.T`, `abs(x)` and `1 if x == 0 else 2`.
Where something is missing, such as the `*` of `2x`, the error says what to write.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import pairwise

from chainrule.errors import ExpressionError
from chainrule.explain.expression.special_functions import ARGUMENTS, GREEK
from chainrule.explain.expression.vocabulary import FUNCTIONS

__all__ = ["DOT", "as_python", "as_written", "plain_name", "short"]

DOT = "ꓸ"
"""A letter that looks like a dot, for the dots of names such as `layers.0.weight`: see `as_python`.

Python would read a dot as the attribute of an object."""

RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
"""Superscripts as they are typed on one line."""

OPERATORS = {
    **dict.fromkeys("·×⋅∙∗", "*"),
    "^": "**",
    "−": "-",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "½": "0.5",
    "¼": "0.25",
    "¾": "0.75",
    "∞": "inf",
    "π": "pi",
}

_NOT_IN_NAMES = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ½¼¾"
_LETTER = rf"[^\W\d{_NOT_IN_NAMES}₀-₉]"
_NAME = rf"{_LETTER}[^\W{_NOT_IN_NAMES}]*"
_DOTTED = rf"(?:{_LETTER}|\d)[^\W{_NOT_IN_NAMES}]*(?:\.[^\W{_NOT_IN_NAMES}]+)*"
_INDEX = r"\[\s*\d{1,9}(?:\s*,\s*\d{1,9})*\s*\]"

_TOKEN = re.compile(
    rf"""
    (?P<space>[^\S\n]+) | (?P<comment>\#[^\n]*) | (?P<break>[\n;])
  | (?P<dotted>{_DOTTED.replace(")*", ")+")})
  | (?P<number>(?:\d[\d_]*(?:\.\d[\d_]*|\.(?!\.))? | \.\d[\d_]*)(?:[eE][+-]?\d+)? | [½¼¾∞])
  | (?P<name>{_NAME}) | (?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+) | (?P<transposed>ᵀ)
  | (?P<open>[(\[{{]) | (?P<close>[)\]}}]) | (?P<bar>\|)
  | (?P<other>\*\* | == | != | <= | >= | := | .)
    """,
    re.VERBOSE,
)

_NUMBER = re.compile(r"\d[\d_]*\.?(?:\d[\d_]*)?(?:[eE][+-]?\d+)?")


@dataclass
class _Token:
    kind: str
    text: str
    python: str
    depth: int = 0
    call: bool = False
    """Of an opening bracket: whether it holds the arguments of a function."""


def plain_name(written: str) -> str | None:
    """The name that a user wrote, as expressions spell it; None if it is no name.

    >>> plain_name("w₁"), plain_name("layers.0.weight[5,3]"), plain_name("2x")
    ('w1', 'layers.0.weight[5, 3]', None)
    """
    match = re.fullmatch(rf"({_DOTTED})({_INDEX})?", written.strip())
    if match is None:
        return None
    base = unicodedata.normalize("NFKC", match[1])
    if "." not in base and not base.isidentifier():
        return None
    if base.replace(".", "").replace("_", "").isdecimal():
        return None
    numbers = re.findall(r"\d+", match[2] or "")
    return f"{base}[{', '.join(str(int(n)) for n in numbers)}]" if numbers else base


def as_python(text: str, known: Container[str]) -> str:
    """The text in Python's syntax; `known` are the names that have a value.

    Raises ExpressionError where an operator is missing, or for a word that cannot be a name.

    >>> as_python("2·x² − |y|", "xy")
    '2*x**(2) - abs(y)'
    """
    tokens = [_token(match, known) for match in _TOKEN.finditer(text)]
    _set_depths(tokens)
    significant = [token for token in tokens if token.kind not in ("space", "comment")]
    _read_bars(significant)
    _check_words(significant)
    _check_operators(significant, known)
    _read_functions(significant, known)
    _read_equals_signs(significant)
    joined = "".join("" if token.kind == "comment" else token.python for token in tokens)
    return "\n".join(line.strip() for line in joined.split("\n")).strip()


def as_written(python: str) -> str:
    """Python's syntax as people write it, for messages."""
    return python.replace(DOT, ".").replace("**", "^")


def short(text: str) -> str:
    """A text in quotes, shortened for a message of one line."""
    text = as_written(text.strip())
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def _token(match: re.Match[str], known: Container[str]) -> _Token:
    kind, text = match.lastgroup or "other", match[0]
    python = OPERATORS.get(text, text)
    if kind == "dotted":
        python = unicodedata.normalize("NFKC", text)
        if _NUMBER.fullmatch(text):
            kind = "number"
        elif python in known:
            kind, python = "name", f"{'_' * python[0].isdigit()}{python.replace('.', DOT)}"
        else:
            kind = "other"  # an attribute, which is refused
    elif kind == "name":
        python = "pi" if text == "π" and text not in known else unicodedata.normalize("NFKC", text)
    elif kind == "raised":
        python = f"**({text.translate(RAISED)})"
    elif kind == "transposed":
        python = ".T"
    return _Token(kind, text, python)


def _set_depths(tokens: list[_Token]) -> None:
    depth = 0
    for token in tokens:
        depth -= token.kind == "close"
        token.depth = depth
        depth += token.kind == "open"


def _ends_operand(token: _Token | None) -> bool:
    """Whether a value may end here, so that an operator has to follow."""
    return token is not None and (
        token.kind in ("number", "raised", "transposed", "close")
        or (token.kind == "name" and token.text not in ("if", "else"))
    )


def _pairs(tokens: list[_Token]) -> Iterator[tuple[_Token, _Token]]:
    """Neighbours within a statement."""
    for left, right in pairwise(tokens):
        breaks = [
            t for t in (left, right) if t.kind == "break" and not (t.text == "\n" and t.depth)
        ]
        if not breaks:
            yield left, right


def _read_bars(tokens: list[_Token]) -> None:
    """|x| as abs(x): a bar after a value closes the last one that is open, any other one opens."""
    opened: list[_Token] = []
    last: _Token | None = None
    for token in tokens:
        if token.kind == "break" and not token.depth:
            opened.clear()
        if token.kind == "bar":
            if _ends_operand(last) and opened and opened[-1].depth == token.depth:
                opened.pop()
                token.kind, token.python = "close", ")"
            else:
                opened.append(token)
        last = token
    # those that were never closed stay what they are, and are refused
    waiting: list[_Token] = []
    for token in tokens:
        if token.text == "|" and token.kind == "bar":
            waiting.append(token)
        elif token.text == "|" and waiting:
            opening = waiting.pop()
            opening.kind, opening.python, opening.call = "open", "abs(", True


def _check_words(tokens: list[_Token]) -> None:
    for token in tokens:
        if token.kind == "name" and token.text not in ("if", "else"):
            refuse_keyword(token.text)


def refuse_keyword(name: str) -> None:
    """Raise ExpressionError for a word such as `lambda`, which Python does not take for a name."""
    if keyword.iskeyword(name):
        free = "λ" if name == "lambda" else f"{name}_"
        raise ExpressionError(
            "expression",
            expected="names that are no keywords of Python",
            got=repr(name),
            remedy="only arithmetic is read here, nothing is executed;"
            f" a value may be called {free}",
        )


def _check_operators(tokens: list[_Token], known: Container[str]) -> None:
    """Raise ExpressionError where two values follow each other, and for a decimal comma."""
    for left, right in _pairs(tokens):
        begins = right.kind == "number" or (
            right.kind == "name" and right.text not in ("if", "else")
        )
        begins |= right.kind == "open" and (
            right.text == "|"
            or (right.text == "(" and (left.kind != "name" or left.text in known))
            or (right.text == "[" and left.kind == "number")
        )
        begins |= right.kind == "other" and right.text == "√"
        if _ends_operand(left) and begins:
            sign = "@" if left.kind == "transposed" else "*"
            function = left.text in FUNCTIONS or left.text in ARGUMENTS
            argument = function and left.text not in known
            raise ExpressionError(
                "expression",
                expected=f"parentheses after {left.text}"
                if argument
                else f"an operator between {as_written(left.text)} and {right.text}",
                got=repr(f"{_shown(left)}{_shown(right)}"),
                remedy=f"write {left.text}({_shown(right)})"
                if argument
                else f"write {_shown(left)}{sign}{_shown(right)} for the product",
            )
    for first, comma, last in zip(tokens, tokens[1:], tokens[2:], strict=False):
        both = first.kind == last.kind == "number"
        if comma.text == "," and both and not comma.depth:
            refuse_decimal_comma(first.text, last.text)


def _shown(token: _Token) -> str:
    """A token for a message; an opened bracket with what is in it, and ² with what it follows."""
    if token.kind == "raised":
        return f"…{token.text}"
    if token.kind == "open":
        return "|…|" if token.text == "|" else f"{token.text}…{')' if token.text == '(' else ']'}"
    if token.kind == "close":
        return "|…|" if token.text == "|" else f"{'(' if token.text == ')' else '['}…{token.text}"
    return token.text


def refuse_decimal_comma(whole: str, decimals: str, where: str = "expression") -> None:
    """Raise ExpressionError for 0,5 in the place of 0.5."""
    raise ExpressionError(
        where,
        expected="a number with a decimal point",
        got=repr(f"{whole},{decimals}"),
        remedy=f"write {whole}.{decimals}; a comma separates the entries of [{whole}, {decimals}]",
    )


def _read_functions(tokens: list[_Token], known: Container[str]) -> None:
    """σ(z) as sigmoid(z), √x as sqrt(x), and a product after ᵀ as one of matrices."""
    following = [*tokens[1:], _Token("break", "", "")]
    before: _Token | None = None
    for token, after in zip(tokens, following, strict=False):
        if token.kind == "name" and after.text == "(":
            after.call = True
            if token.text in GREEK and token.text not in known:
                token.python = GREEK[token.text]
        elif token.text == "√":
            token.python = "sqrt"
            if after.kind in ("number", "name") and after.text != "√":
                token.python, after.python = "sqrt(", f"{after.python})"
        elif before is not None and before.kind == "transposed" and token.text in "·⋅":
            token.python = "@"
        before = token


def _read_equals_signs(tokens: list[_Token]) -> None:
    """= as == where it compares: between `if` and `else`, or in brackets without arguments."""
    brackets: list[bool] = []
    conditions: list[int] = []
    for token in tokens:
        if token.kind == "open":
            brackets.append(token.call)
        elif token.kind == "close" and brackets:
            brackets.pop()
        elif token.text == "if":
            conditions.append(len(brackets))
        elif token.text == "else" and conditions:
            conditions.pop()
        elif token.text == "=":
            in_condition = bool(conditions) and conditions[-1] == len(brackets)
            if in_condition or (brackets and not brackets[-1]):
                token.python = "=="
