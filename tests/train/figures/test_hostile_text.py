"""Text of users in figures is shown as it stands: no mathematics, nothing left out, no failure."""

from __future__ import annotations

from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from chainrule.train.figures import (
    activation_histograms,
    decision_boundary,
    gradient_flow,
    gradient_norms,
    loss_curve,
    to_files,
    to_svg,
)
from chainrule.train.loop.history import EpochRecord

TEXTS = [
    "price (A$) and tax ($)",
    r"$\frac{$",
    "$x_{",
    "$$",
    r"\$5",
    r"\frac{1}{2}",
    "_pos",
    "__",
    "a_b^c {d}",
    "100 % & <b>",
    "$",
]
RECORDS = [
    EpochRecord(e, e, 1 / e, 0.1, 1.0, gradient_norms=dict.fromkeys(TEXTS[:8], 10.0 ** (e - 9)))
    for e in (1, 2, 3)
]


def texts(svg: bytes) -> list[str]:
    """All texts of an SVG file, which must be well-formed."""
    root = ElementTree.fromstring(svg)
    return ["".join(e.itertext()).strip() for e in root.iter() if e.tag.endswith("}text")]


def boundary(names: list[str], classes: list[str]) -> bytes:
    x = np.random.default_rng(0).normal(size=(40, 2))
    figure = decision_boundary(
        lambda rows: (rows.sum(1) > 0).astype(int), x, (x.sum(1) > 0).astype(int),
        names=names, classes=classes, target=names[0],
    )  # fmt: skip
    files = to_files(figure)
    assert files["png"].startswith(b"\x89PNG")
    return files["svg"]


@pytest.mark.parametrize("text", TEXTS)
def test_names_of_columns_and_classes(text: str):
    found = texts(boundary([text, f"2 {text}"], [text, f"other {text}"]))
    assert found.count(text) == 2
    assert f"2 {text}" in found
    assert f"other {text}" in found


@pytest.mark.parametrize("text", TEXTS)
def test_a_target_of_numbers(text: str):
    x = np.random.default_rng(0).normal(size=(40, 2))
    figure = decision_boundary(lambda rows: rows.sum(1), x, x.sum(1), names=("a", "b"), target=text)
    assert f"{text}: surface predicted, points as measured" in texts(to_svg(figure))


def test_names_of_layers():
    for figure in (
        gradient_norms(dict.fromkeys(TEXTS, 0.1)),
        gradient_flow([EpochRecord(1, 1, 1.0, 0.1, 1.0, gradient_norms=dict.fromkeys(TEXTS, 0.1))]),
        activation_histograms({text: np.arange(6.0).reshape(3, 2) for text in TEXTS}),
    ):
        assert set(TEXTS) <= set(texts(to_svg(figure)))
    assert set(TEXTS[:8]) <= set(texts(to_svg(gradient_flow(RECORDS))))


def test_controls_and_long_names():
    found = texts(boundary(["\x1b[2Jred\n\x00", "e" * 5000], ["\u202ea", "\ud800"]))
    assert r"\x1b[2Jred \x00" in found
    assert "e" * 59 + "…" in found
    assert {r"\u202ea", r"\ud800"} <= set(found)


def test_the_settings_of_a_user():
    settings = {"text.usetex": True, "text.parse_math": True, "axes.formatter.use_mathtext": True}
    with matplotlib.rc_context(settings):
        files = to_files(gradient_flow(RECORDS))
        assert files == to_files(gradient_flow(RECORDS))
        found = texts(boundary(["$a$", "b"], ["_x", "y"]))
        assert {"$a$", "_x"} <= set(found)
        assert matplotlib.rcParams["text.usetex"]


def test_powers_of_ten_are_written_without_mathematics():
    losses = [EpochRecord(e, e, 10.0 ** (-2 * e), 0.1, 1.0) for e in range(1, 5)]
    for figure in (loss_curve(losses), gradient_norms({"a": 1e-9, "b": 1.0})):
        found = texts(to_svg(figure))
        assert any(text.startswith("10") and "⁻" in text for text in found)
        assert not any("$" in text for text in found)
