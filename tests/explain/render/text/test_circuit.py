"""Circuits in a terminal: the drawing shows the wires, and it fits or is omitted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from chainrule.explain import explain, read
from chainrule.explain.drawing import Diagram, circuit
from chainrule.explain.render.text.circuit import circuit_lines
from explain.drawings import dags, diagram
from explain.stories import STORIES

ADD_MULTIPLY = """\
   -2
x ─────┐  ┌───────┐ 3     ┌─────┐ -12
   -4  └──┤ q     ├───────┤ f   ├─────
   5    ┌─┤ x + y │ -4  ┌─┤ q·z │  1
y ──────┘ └───────┘     │ └─────┘
   -4               -4  │
                 z ─────┘
                    3"""

EXITS = {
    "─": "lr", "│": "ud", "┌": "dr", "┐": "dl", "└": "ur", "┘": "ul",
    "├": "udr", "┤": "udl", "┬": "lrd", "┴": "lru", "┼": "lrud",
}  # fmt: skip
STEP = {"l": (0, -1), "r": (0, 1), "u": (-1, 0), "d": (1, 0)}
BACK = {"l": "r", "r": "l", "u": "d", "d": "u"}


def drawn(story: str, width: int = 80) -> list[str]:
    return circuit_lines(circuit(STORIES[story]().derivation), width)


def test_the_whole_drawing():
    assert drawn("add_multiply") == ADD_MULTIPLY.split("\n")


def wired(lines: list[str], shown: Diagram) -> set[tuple[str, str]]:
    """The wires as a reader follows them, from the name of a box to the box where they end."""
    width = max(map(len, lines))
    grid = [line.ljust(width) for line in lines]
    at = {}  # the row and column of every name
    for row, line in enumerate(grid):
        for word in {box.name for box in shown.boxes}:
            start = f" {line} ".find(f" {word} ")
            if start >= 0:
                at[word] = row, start
    owner: dict[tuple[int, int], str] = {}
    starts: dict[str, tuple[int, int]] = {}
    for box in shown.boxes:
        row, column = at[box.name]
        if box.leaf:
            starts[box.name] = row, column + len(box.name) + 1
            continue
        left, below = column - 2, row
        while grid[below][left] != "└":
            owner[below, left] = box.name
            below += 1
        right = grid[row - 1].index("┐", left)
        out = next(r for r in range(row, below) if grid[r][right] == "├")
        starts[box.name] = out, right + 1
    found: set[tuple[str, str]] = set()
    for name, start in starts.items():
        todo, seen = [(start, "r")], set()
        while todo:
            (row, column), going = todo.pop()
            if ((row, column), going) in seen or column >= width:
                continue
            seen.add(((row, column), going))
            if (row, column) in owner:
                assert grid[row][column] == "┤"
                found.add((name, owner[row, column]))
                continue
            sign = grid[row][column]
            if sign == " ":
                assert name == shown.output
                continue
            # a bridge: an upright line over a level one that goes on behind it
            exits = going if sign == "│" and going in "lr" else EXITS[sign]
            assert BACK[going] in exits or exits == going
            todo += [
                ((row + STEP[way][0], column + STEP[way][1]), way)
                for way in exits
                if way != BACK[going]
            ]
    return found


@settings(max_examples=60, deadline=None)
@given(dags(9))
def test_every_wire_can_be_followed(dag):
    shown = diagram(*dag)
    lines = circuit_lines(shown, 300)
    if lines:
        assert wired(lines, shown) == set(dag[1])


@pytest.mark.parametrize("name", STORIES)
def test_it_fits_or_is_omitted(name):
    for width in (40, 80):
        lines = drawn(name, width)
        assert all(len(line) <= width and line == line.rstrip() for line in lines)
    assert drawn(name, 10) == []


def test_missing_numbers_are_dashes():
    lines = "\n".join(circuit_lines(diagram(["x", "f"], [("x", "f")], None), 80))
    assert lines.count("–") == 4
    assert "0" not in lines


def test_large_circuits_are_omitted():
    text = "; ".join(f"a{i} = sin(a{i - 1})" for i in range(1, 40))
    assert circuit_lines(circuit(explain(read(text, {"a0": 1})).derivation), 10_000) == []


def test_characters_two_columns_wide_are_not_drawn():
    assert circuit_lines(diagram(["日本", "f"], [("日本", "f")]), 80) == []


def test_in_the_text_of_a_derivation():
    text = str(STORIES["add_multiply"]())
    inside = "\n".join(f"  {line}".rstrip() for line in ADD_MULTIPLY.split("\n"))
    assert f"GRAPH  above a wire its value, below it the gradient of f\n{inside}\n\n" in text
    assert "GRAPH  too wide for 80 columns: -o graph.svg draws it" in str(STORIES["network"]())
