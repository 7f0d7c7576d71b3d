"""HTML tables in notebooks: small, escaped, with the same lines as printed text."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn


class Cells(HTMLParser):
    """The text of every cell, row by row; fails on a tag that is closed out of turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.caption = ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1] in ("th", "td"):
            self.rows[-1][-1] += data
        if self.open[-1] == "caption":
            self.caption += data


def test_a_graph_has_a_row_for_each_node():
    q, z = cr.variables(q=3.0, z=-4.0)
    cells = Cells((q * z + 1).named("f").graph()._repr_html_())
    assert cells.caption == "graph of f: 4 nodes"
    assert cells.rows == [
        ["node", "made by", "shape", "value"],
        ["q", "input", "f64[]", "3."],
        ["z", "input", "f64[]", "-4."],
        ["v0", "mul q z", "f64[]", "-12."],
        ["f", "add v0 1", "f64[]", "-11."],
    ]


def test_a_long_graph_is_cut():
    x = cr.variable(1.0, "x")
    for _ in range(10_000):
        x = -x
    made = x.graph()._repr_html_()
    assert "… and 9801 more" in made
    assert len(made) < 30_000


def test_names_are_escaped():
    evil = "<script>alert('&')</script>"
    x = cr.variable([[1.0, 2.0]], evil)
    for made in (x._repr_html_(), (x + 1).graph()._repr_html_()):
        assert "<script" not in made
    assert Cells(x._repr_html_()).caption.startswith(evil)


def test_a_matrix_has_row_and_column_numbers():
    w = cr.variable(np.arange(6.0).reshape(2, 3) / 8, "w")
    cells = Cells(w._repr_html_())
    assert cells.caption == "w: float64, shape (2, 3)"
    assert cells.rows == [
        ["", "0", "1", "2"],
        ["0", "0", "0.125", "0.250"],
        ["1", "0.375", "0.500", "0.625"],
    ]


@pytest.mark.parametrize(
    ("tensor", "caption", "rows", "columns"),
    [
        (cr.variable(2.5), "Tensor = 2.5  (float64)", 0, 0),
        (cr.variable(np.zeros(3, np.float32), "b"), "b: float32, shape (3,)", 2, 4),
        (cr.less([1.0, 2.0], 1.5), "Tensor: bool, shape (2,)", 2, 3),
        (cr.variable(np.zeros((0, 3))), "Tensor: float64, shape (0, 3), no entries", 0, 0),
        (cr.variable(np.zeros((200, 300))), "Tensor: float64, shape (200, 300)", 8, 8),
        (cr.variable(np.ones((2, 2, 4))), "Tensor: float64, shape (2, 2, 4), here [0]", 3, 5),
        (cr.variable([np.nan, np.inf]), "Tensor: float64, shape (2,)", 2, 3),
    ],
)
def test_tensors_of_every_kind(tensor: cr.Tensor, caption: str, rows: int, columns: int):
    made = tensor._repr_html_()
    cells = Cells(made)
    assert cells.caption == caption
    assert [len(row) for row in cells.rows] == [columns] * rows
    assert len(made) < 4500


def test_a_traced_tensor_has_no_value():
    seen = []
    cr.trace(lambda x: seen.append(x._repr_html_()) or x, 1.0)
    assert "no value while it is traced" in seen[0]


def test_a_model_is_a_summary():
    cells = Cells(nn.mlp(784, (128,), 10)._repr_html_())
    assert cells.caption == "Sequential: 101,770 parameters, float64"
    assert cells.rows == [
        ["layer", "kind", "output", "parameters"],
        ["layers.0", "Linear", "(B, 128)", "100,480"],
        ["layers.1", "ReLU", "(B, 128)", "0"],
        ["layers.2", "Linear", "(B, 10)", "1,290"],
    ]


def test_a_model_without_a_width_is_listed():
    cells = Cells(nn.Sequential(nn.ReLU(), nn.Tanh(), name="twice")._repr_html_())
    assert cells.caption == "twice: 0 parameters, float64"
    assert cells.rows[1:] == [["layers.0", "ReLU", "", "0"], ["layers.1", "Tanh", "", "0"]]
