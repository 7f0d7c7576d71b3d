"""Elements of SVG drawings: text, frames, and the drawing itself as a string."""

from __future__ import annotations

import re
import textwrap
from xml.etree.ElementTree import Element, SubElement, tostring

from chainrule.explain.render.svg.style import STYLE

__all__ = ["add", "canvas", "label", "paragraph", "rounded", "serialised", "sign_class", "xml_text"]

LETTERS = {"heading": 9.2, "legend": 6.4}
"""The average width of a letter in these classes, in pixels."""

ALLOWED = "\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
CONTROLS = "\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Of XML's characters: further commands to terminals, and those that reorder a line."""


def canvas(summary: str) -> Element:
    """Create an empty drawing with its style and background; screen readers read the summary."""
    root = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chainrule-diagram",
            "role": "img",
            "aria-label": xml_text(summary),
        },
    )
    SubElement(root, "style").text = STYLE
    add(root, "rect", "paper", width="100%", height="100%")
    return root


def add(parent: Element, tag: str, kind: str = "", text: str = "", **attributes: object) -> Element:
    """Append a new element; `kind` is its class, and `_` in an attribute's name stands for `-`."""
    written = {"class": kind} if kind else {}
    for name, value in attributes.items():
        shown = f"{value:.6g}" if isinstance(value, float) else xml_text(str(value))
        written[name.rstrip("_").replace("_", "-")] = shown
    element = SubElement(parent, tag, written)
    element.text = xml_text(text) or None
    return element


def paragraph(root: Element, kind: str, text: str, x: float, y: float, width: float) -> float:
    """Add a text wrapped to `width` pixels, and return its height."""
    letter = LETTERS[kind]
    most = max(int(width / letter), 20)
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, most)]
    for i, line in enumerate(lines):
        add(root, "text", kind, line, x=x, y=y + 14 + 18.0 * i)
    return 18.0 * len(lines)


def label(
    parent: Element, kind: str, text: str, x: float, y: float, anchor: str = "middle"
) -> Element:
    """Add one line of text, anchored at x."""
    return add(parent, "text", kind, text, x=x, y=y, text_anchor=anchor)


def rounded(
    parent: Element, x: float, y: float, width: float, height: float, radius: float
) -> None:
    """Add the frame of a box."""
    add(parent, "rect", "frame", x=x, y=y, width=width, height=height, rx=radius)


def serialised(root: Element, width: float, height: float) -> str:
    """The drawing as a string, the same for the same drawing."""
    root.set("width", f"{width:.0f}")
    root.set("height", f"{height:.0f}")
    root.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
    return tostring(root, encoding="unicode") + "\n"


def xml_text(text: str) -> str:
    """Replace what XML does not allow, control characters and those that change direction."""
    return re.sub(f"[^{ALLOWED}]|[{CONTROLS}]", "\ufffd", text)


def sign_class(value: float | None) -> list[str]:
    """The class that names the sign of a number; none if it is not computed yet."""
    return [] if value is None else [("zero", "positive", "negative")[(value > 0) - (value < 0)]]
