"""Layers of repeated blocks have different names in the tables of a flow."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from chainrule.explain.render.layer_names import column_names


def blocks(stem: str) -> cr.Tensor:
    """Three stages of two blocks of two convolutions, named as in nested modules of PyTorch."""
    random = np.random.default_rng(0)
    h = cr.variable(random.normal(size=(1, 8, 4, 4)), "x")
    for path in (f"{stem}.{i}.{j}" for i in range(3) for j in range(2)):
        inner = h
        for k in (1, 2):
            w = cr.variable(random.normal(size=(8, 8, 3, 3)) / 6, f"{path}.conv{k}.weight")
            inner = cr.convolution(inner, w, padding=1).named(f"{path}.conv{k}")
            inner = cr.relu(inner).named(f"{path}.relu") if k == 1 else inner
        h = cr.relu(h + inner).named(path)
    return cr.mean(h**2).named("loss")


def test_each_row_names_its_layer():
    for stem in ("stage", "model.backbone.stages"):
        found = cr.flow(blocks(stem))
        lines = str(found).splitlines()
        assert max(map(len, lines)) <= 80
        rule = next(i for i, line in enumerate(lines) if line.startswith("  ──"))
        rows = lines[rule + 1 : rule + 1 + len(found.layers)]
        ends = [0, *(i for i, c in enumerate(lines[rule]) if c == " " and i > 2)]
        cut = [row[: ends[-1]].split("  ") for row in rows]
        firsts = [tuple(filter(None, (cell.strip() for cell in row)))[:2] for row in cut]
        weights = [first[1] for first in firsts if "conv" in first[1]]
        assert len(set(weights)) == len(weights) > 8
        assert len({first[0] for first in firsts}) == len(firsts)


def test_copies_are_named_after_what_they_copy():
    names = [name for layer in cr.flow(blocks("stage")).layers for name in layer.end]
    assert not [name for name in names if name.startswith("v") and name[1:].isdigit()]
    assert any(name.endswith("(pad)") for name in names)


def test_tables_of_pages_distinguish_them():
    found = cr.flow(blocks("model.backbone.encoder.stages"))
    pages = found.to_html(), found.to_latex()
    for page in pages:
        assert "conv1" in page
        assert "conv2" in page
        assert "….conv1" not in page


def test_names_that_differ_stay_as_they_are_shortened_otherwise():
    assert column_names([("a_long_name_of_one",), ("b",)], 8) == ["…_of_one", "b"]
    assert column_names([("x.weight",), ("y.weight",), ()], 8) == ["x.weight", "y.weight", ""]
    rows = [("a.b.c1.weight", "d"), ("a.b.c2.weight",), ("a.b.c3.weight",)]
    assert column_names(rows, 8) == ["a.b.c1 …", "a.b.c2", "a.b.c3"]
