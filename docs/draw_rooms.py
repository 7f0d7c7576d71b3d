"""Draws `rooms.svg`, the picture of the package, from the code: its layers, rooms and imports.

    python docs/draw_rooms.py            # write docs/rooms.svg
    python docs/draw_rooms.py --check    # fail if the picture is not that of the code

The order of the layers comes from the contracts in `pyproject.toml`, the sentences from the
rooms' docstrings, the arrows from the imports.
"""

from __future__ import annotations

import ast
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

import grimp

HERE = Path(__file__).parent
ROOT = HERE.parent / "src" / "chainrule"
PICTURE = HERE / "rooms.svg"

WIDTH, GAP = 960, 20
LINE, HEAD, ROW = 15, 26, 24
LETTER = 6.2  # of the small type, on average
LANES = 60
"""Width of the columns left and right in which arrows pass other rooms."""

STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1b1b1b }
.name { font-weight: 600; font-size: 14px }
.note { fill: #555 }
.room { fill: #f4f1ea; stroke: #8a8272 }
.part { fill: #fff; stroke: #c8c0b0 }
.arrow { fill: none; stroke: #2a6f97; stroke-width: 1.3 }
.tip { fill: #2a6f97 }
@media (prefers-color-scheme: dark) {
  text { fill: #eee } .note { fill: #aaa }
  .room { fill: #26282c; stroke: #6d6a63 } .part { fill: #1b1d20; stroke: #4c4a45 }
  .arrow { stroke: #7fb7d6 } .tip { fill: #7fb7d6 }
}
"""


def layers() -> dict[str, list[list[str]]]:
    """For each package with a contract of layers, its rooms from the top layer down."""
    text = (HERE.parent / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    return {
        contract["containers"][0]: [
            [room.strip(" ()") for room in layer.split("|")] for layer in contract["layers"]
        ]
        for contract in contracts
        if contract["type"] == "layers"
    }


def sentence(module: str) -> str:
    """The first sentence of the docstring of a room."""
    path = ROOT.parent / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def arrows(rooms: Sequence[str]) -> list[tuple[str, str]]:
    """Which room imports which, without the arrows that follow from others."""
    graph = grimp.build_graph("chainrule", cache_dir=None)
    for room in rooms:
        graph.squash_module(f"chainrule.{room}")
    below: dict[str, set[str]] = {
        room: {
            other
            for other in rooms
            if other != room
            and graph.direct_import_exists(
                importer=f"chainrule.{room}", imported=f"chainrule.{other}"
            )
        }
        for room in rooms
    }
    return [
        (room, other)
        for room in rooms
        for other in sorted(below[room])
        if not any(other in _reach(below, between) for between in below[room] - {other})
    ]


def _reach(below: Mapping[str, set[str]], room: str) -> set[str]:
    found: set[str] = set()
    waiting = [room]
    while waiting:
        for other in below[waiting.pop()] - found:
            found.add(other)
            waiting.append(other)
    return found


class Drawing:
    """The picture, drawn from the top down."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.boxes: dict[str, tuple[float, float, float, float]] = {}  # top, bottom, left, right

    def text(self, x: float, y: float, text: str, kind: str = "") -> None:
        mark = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}"{mark}>{escape(text)}</text>')

    def box(self, x: float, y: float, width: float, height: float, kind: str) -> None:
        self.parts.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
            ' rx="5"/>'
        )

    def room(self, module: str, inner: list[list[str]], x: float, y: float, width: float) -> float:
        """A room with its parts, layer by layer; where it ends below."""
        notes = textwrap.wrap(sentence(module), int((width - 20) / LETTER))
        height = HEAD + LINE * len(notes) + (ROW + 4) * len(inner) + 8
        self.box(x, y, width, height, "room")
        leaf = module.rpartition(".")[2]
        self.text(x + 10, y + 19, leaf, "name")
        at = y + HEAD
        for note in notes:
            at += LINE
            self.text(x + 10, at - 3, note, "note")
        for row in inner:
            share = (width - 20 - 6 * (len(row) - 1)) / len(row)
            for i, part in enumerate(row):
                left = x + 10 + i * (share + 6)
                self.box(left, at + 4, share, ROW, "part")
                self.text(left + 8, at + 4 + 16, part)
            at += ROW + 4
        self.boxes[leaf] = (y, y + height, x, x + width)
        return y + height

    def arrow(self, room: str, other: str, lane: float) -> None:
        """Down to a room in the next row, otherwise along a lane past those between."""
        _, bottom, left, right = self.boxes[room]
        below, _, first, last = self.boxes[other]
        if bottom < below <= bottom + 3 * GAP:
            start, end = max(left, first), min(right, last)
            x = to = (start + end) / 2
            if start > end:  # diagonally below
                x, to = (right - 30, first + 30) if right < first else (left + 30, last - 30)
            self._path(
                f"M{x:g} {bottom:g} V{below - 12:g} H{to:g} V{below - 6:g}",
                f"M{to:g} {below:g} l-4 -8 h8 z",
            )
            return
        side = -1 if min(right, last) < WIDTH / 2 else 1
        start, end = (left, first) if side < 0 else (right, last)
        x, y = (LANES - lane if side < 0 else WIDTH - LANES + lane), below + 12
        self._path(
            f"M{start:g} {bottom - 12:g} H{x:g} V{y:g} H{end + 6 * side:g}",
            f"M{end:g} {y:g} l{8 * side} -4 v8 z",
        )

    def _path(self, line: str, tip: str) -> None:
        self.parts.append(f'<path class="arrow" d="{line}"/><path class="tip" d="{tip}"/>')


def picture() -> str:
    """The picture as SVG."""
    order = layers()
    rows = order["chainrule"]
    drawing = Drawing()
    y, inside = GAP, WIDTH - 2 * LANES
    for row in rows:
        share = (inside - GAP * (len(row) - 1)) / len(row)
        ends: list[float] = []
        for i, room in enumerate(row):
            module = f"chainrule.{room}"
            inner = order.get(module) or list(_folders(module))
            ends.append(drawing.room(module, inner, LANES + i * (share + GAP), y, share))
        y = max(ends) + GAP
    rooms = [room for row in rows for room in row]
    for number, (room, other) in enumerate(arrows(rooms)):
        drawing.arrow(room, other, 12 + 10 * (number % 5))
    height = y
    body = "\n".join(drawing.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' aria-label="The rooms of chainrule, each above those it imports">\n'
        f"<style>{STYLE}</style>\n{body}\n</svg>\n"
    )


def _folders(module: str) -> Iterator[list[str]]:
    """The folders of a room without a contract of its own, a few in a row."""
    path = ROOT.parent / module.replace(".", "/")
    found = sorted(file.parent.name for file in path.glob("*/__init__.py"))
    for i in range(0, len(found), 6):
        yield found[i : i + 6]


def main() -> None:
    drawn = picture()
    if "--check" in sys.argv:
        if PICTURE.read_text(encoding="utf-8") != drawn:
            sys.exit("docs/rooms.svg is not the picture of the code: run `make rooms`")
    else:
        PICTURE.write_text(drawn, encoding="utf-8")


if __name__ == "__main__":
    main()
