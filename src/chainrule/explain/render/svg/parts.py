"""What drawings are made of: elements, a style for light, dark and paper, and the size of words."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from chainrule.explain.numbers import RAISED, figures, writer

__all__ = [
    "add",
    "canvas",
    "distinct",
    "figure",
    "full",
    "label",
    "legible",
    "paragraph",
    "rounded",
    "serialised",
    "shortened",
    "sign",
    "spread",
    "wrapped",
]

DASH = "–"
"""What has not run yet: no number, and least of all 0."""

STYLE = """
.chainrule-diagram { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
.chainrule-diagram text { fill: #1c1c1c; }
.chainrule-diagram .paper { fill: #fff; }
.chainrule-diagram .heading { font-size: 15px; font-weight: 600; }
.chainrule-diagram .name { font-weight: 600; }
.chainrule-diagram .formula, .chainrule-diagram .legend, .chainrule-diagram .caption
  { fill: #5b606b; font-size: 11px; }
.chainrule-diagram .frame { fill: #f5f6f8; stroke: #8b919d; }
.chainrule-diagram .wire { fill: none; stroke: #6d7380; stroke-width: 1.3; }
.chainrule-diagram .arrow { fill: #6d7380; }
.chainrule-diagram .negative .wire, .chainrule-diagram .wire.negative { stroke-dasharray: 6 3; }
.chainrule-diagram .zero .wire, .chainrule-diagram .wire.zero { stroke-dasharray: 1 4; }
.chainrule-diagram .value { fill: #11742a; font-size: 12px; font-variant-numeric: tabular-nums; }
.chainrule-diagram .gradient { fill: #b3201d; font-size: 12px; font-variant-numeric: tabular-nums; }
.chainrule-diagram .part { font-size: 10.5px; font-style: italic; }
.chainrule-diagram .output .frame { stroke: #1c1c1c; stroke-width: 2; }
.chainrule-diagram .link { stroke: #6d7380; fill: none; opacity: 0.85; }
.chainrule-diagram .positive .link { stroke: #2a66b0; }
.chainrule-diagram .negative .link { stroke: #b85c1e; stroke-dasharray: 7 4; }
.chainrule-diagram .zero .link { stroke-dasharray: 1 4; }
.chainrule-diagram .faint .link { opacity: 0.16; }
.chainrule-diagram .asked .link { stroke: #1c1c1c; opacity: 1; }
.chainrule-diagram .neuron .name { font-size: 11.5px; }
.chainrule-diagram .numbers, .chainrule-diagram .numbers tspan { font-size: 11px; }
.chainrule-diagram .off .frame { stroke: #c4c8cf; stroke-dasharray: 3 2; }
.chainrule-diagram .off text { opacity: 0.62; }
@media screen and (prefers-color-scheme: dark) {
.chainrule-diagram text { fill: #e6e6e6; }
.chainrule-diagram .paper { fill: #16181c; }
.chainrule-diagram .formula, .chainrule-diagram .legend, .chainrule-diagram .caption
  { fill: #9aa0ab; }
.chainrule-diagram .frame { fill: #23262d; stroke: #777d89; }
.chainrule-diagram .wire { stroke: #949aa6; }
.chainrule-diagram .arrow { fill: #949aa6; }
.chainrule-diagram .value { fill: #6fd08c; }
.chainrule-diagram .gradient { fill: #ff8f86; }
.chainrule-diagram .output .frame { stroke: #e6e6e6; }
.chainrule-diagram .positive .link { stroke: #7db4f5; }
.chainrule-diagram .negative .link { stroke: #f0a070; }
.chainrule-diagram .off .frame { stroke: #4a4f5a; }
.chainrule-diagram .asked .link { stroke: #fff; } }
"""

LETTERS = {"heading": 9.2, "legend": 6.4}
"""About how wide a letter is, in pixels."""

WIDE, NARROW = "mwMW@%&∂∑—<>=+~", "fijlrtI.,:;'|!()[] "


def canvas(summary: str) -> Element:
    """An empty drawing with its style and its paper; the summary is read aloud."""
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chainrule-diagram",
            "role": "img",
            "aria-label": legible(summary),
        },
    )
    SubElement(root, "style").text = STYLE
    add(root, "rect", "paper", width="100%", height="100%")
    return root


def add(parent: Element, tag: str, kind: str = "", text: str = "", **attributes: object) -> Element:
    """A new element; `kind` is its class, and attributes are written with `-` for `_`."""
    made = {"class": kind} if kind else {}
    for name, value in attributes.items():
        written = f"{value:.6g}" if isinstance(value, float) else legible(str(value))
        made[name.rstrip("_").replace("_", "-")] = written
    element = SubElement(parent, tag, made)
    element.text = legible(text) or None
    return element


def paragraph(root: Element, kind: str, text: str, x: float, y: float, width: float) -> float:
    """Words in lines below each other; how high they are."""
    letter = LETTERS[kind]
    lines = textwrap.wrap(text, max(int(width / letter), 20))
    for i, line in enumerate(lines):
        add(root, "text", kind, line, x=x, y=y + 14 + 18.0 * i)
    return 18.0 * len(lines)


def label(
    parent: Element, kind: str, text: str, x: float, y: float, anchor: str = "middle"
) -> Element:
    """Words on one line, around x or ending there."""
    return add(parent, "text", kind, text, x=x, y=y, text_anchor=anchor)


def rounded(
    parent: Element, x: float, y: float, width: float, height: float, radius: float
) -> None:
    """The frame of a box."""
    add(parent, "rect", "frame", x=x, y=y, width=width, height=height, rx=radius)


def serialised(root: Element, width: float, height: float) -> str:
    """The drawing as text, the same for the same drawing."""
    root.set("width", f"{width:.0f}")
    root.set("height", f"{height:.0f}")
    root.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
    return tostring(root, encoding="unicode") + "\n"


def legible(text: str) -> str:
    """The text without what XML does not allow, such as control signs and lone surrogates."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)


def figure(value: float | None, digits: int) -> str:
    """A number in few figures, for a drawing; a dash where there is none yet.

    >>> figure(-0.2170715, 5), figure(0.0000438, 5), figure(15500.0, 5), figure(None, 5)
    ('−0.21707', '4.38·10⁻⁵', '15500', '–')
    """
    if value is None:
        return DASH
    mantissa, _, exponent = figures(value, digits).partition("e")
    tail = f"·10{str(int(exponent)).translate(RAISED)}" if exponent else ""
    return mantissa.replace("-", "−") + tail


def full(value: float | None, digits: int) -> str:
    """A number with all its digits, for what is read on demand."""
    return DASH if value is None else writer(digits)(value).replace("-", "−")


def sign(value: float | None) -> list[str]:
    """The class of a number: by its sign, none where it has not run."""
    return [] if value is None else [("zero", "positive", "negative")[(value > 0) - (value < 0)]]


def _factors(term: str) -> list[str]:
    """The factors of a term too long for a line, each with its sign of multiplication."""
    return re.split(r"(?=·)", term)


def wrapped(formula: str, width: int) -> list[str]:
    """A formula in lines broken before its operators, with true minus signs.

    >>> wrapped("w1·i1 + w2·i2 - b1", 10)
    ['w1·i1', '+ w2·i2', '− b1']
    """
    terms = re.split(r"(?= [+−] )", re.sub(r"(?<!\w)-", "−", formula))
    lines = [""]
    for piece in (p for term in terms for p in ([term] if len(term) <= width else _factors(term))):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append(piece.strip())
        else:
            lines[-1] += piece
    return lines


def spread(text: str, size: float = 13.0) -> float:
    """About how wide the text is, in pixels; rather too much than too little."""
    return size * sum(map(_width, text))


def _width(sign: str) -> float:
    if unicodedata.combining(sign):
        return 0.0
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    return 0.95 if sign in WIDE else 0.36 if sign in NARROW else 0.74 if sign.isupper() else 0.62


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and end.

    >>> shortened("a_rather_long_name_of_it", 12)
    'a_rathe…f_it'
    """
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - tail - 1]}…{text[len(text) - tail :]}"


def distinct(names: Sequence[str]) -> dict[str, str]:
    """Every name shortened, but only so far that they can be selected apart.

    >>> distinct(["the_weight_of_the_first_input_of_it", "b"])["b"]
    'b'
    """
    for most in (26, 40, 60):
        found = {name: shortened(name, most) for name in names}
        if len(set(found.values())) == len(found):
            return found
    return {name: name for name in names}
