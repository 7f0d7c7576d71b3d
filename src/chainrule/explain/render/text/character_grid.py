"""A grid of characters on which lines and words are drawn, each line joined where it bends."""

from __future__ import annotations

from collections import defaultdict

__all__ = ["CharacterGrid"]

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8

LINES = {
    UP: "│", DOWN: "│", UP | DOWN: "│", LEFT: "─", RIGHT: "─", LEFT | RIGHT: "─",
    DOWN | RIGHT: "┌", DOWN | LEFT: "┐", UP | RIGHT: "└", UP | LEFT: "┘",
    UP | DOWN | RIGHT: "├", UP | DOWN | LEFT: "┤", LEFT | RIGHT | DOWN: "┬",
    LEFT | RIGHT | UP: "┴", UP | DOWN | LEFT | RIGHT: "┼",
}  # fmt: skip
"""The character for a line that leaves its cell in these directions."""


class CharacterGrid:
    """Cells that hold the lines of named wires, or characters.

    >>> grid = CharacterGrid()
    >>> grid.across("x", 0, 0, 2)
    >>> grid.turn("x", 2, 0, 1)
    >>> grid.write(1, 3, "f")
    >>> print("\\n".join(grid.lines()))
    ──┐
      └f
    """

    def __init__(self) -> None:
        self._directions: dict[tuple[int, int], dict[str, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self._characters: dict[tuple[int, int], str] = {}

    def across(self, wire: str, row: float, left: float, right: float) -> None:
        """Draw a horizontal line over the cells from `left` up to `right`."""
        for column in range(int(left), int(right)):
            self._directions[int(row), column][wire] |= LEFT | RIGHT

    def turn(self, wire: str, column: float, above: float, below: float) -> None:
        """Draw a line that enters from the left in row `above` and leaves rightwards in `below`."""
        column, start, end = int(column), int(above), int(below)
        step, ahead, back = (1, DOWN, UP) if end > start else (-1, UP, DOWN)
        self._directions[start, column][wire] |= LEFT | ahead
        for row in range(start + step, end, step):
            self._directions[row, column][wire] |= UP | DOWN
        self._directions[end, column][wire] |= back | RIGHT

    def write(self, row: float, column: float, text: str) -> None:
        """Write characters from a cell to the right, over any lines."""
        self._characters.update(
            {(int(row), int(column) + i): character for i, character in enumerate(text)}
        )

    def lines(self) -> list[str]:
        """The rows as text, without spaces at their ends."""
        cells = {cell: _character(wires) for cell, wires in self._directions.items()}
        cells |= self._characters
        rows: list[str] = []
        for row in range(max(row for row, _ in cells) + 1):
            last = max((column for at, column in cells if at == row), default=-1)
            rows.append("".join(cells.get((row, i), " ") for i in range(last + 1)).rstrip())
        return rows


def _character(wires: dict[str, int]) -> str:
    """The shape of one wire; of two that cross the vertical one, drawn as a bridge."""
    found = list(wires.values())
    return LINES[found[0]] if len(found) == 1 else "│"
