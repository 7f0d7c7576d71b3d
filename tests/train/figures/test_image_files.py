"""Figures as files: reproducible, with text as text, and without windows."""

import subprocess
import sys
from xml.etree import ElementTree

import pytest

from chainrule.train.figures import (
    loss_curve,
    to_files,
    to_png,
    to_svg,
)
from chainrule.train.loop.history import EpochRecord


def records(train: list, validation: list | None = None) -> list[EpochRecord]:
    held_out = validation or [None] * len(train)
    pairs = enumerate(zip(train, held_out, strict=True), start=1)
    return [EpochRecord(e, e, t, 0.1, 1.0, validation_loss=v) for e, (t, v) in pairs]


@pytest.mark.parametrize("to_file", [to_png, to_svg])
def test_the_same_figure_is_the_same_file(to_file) -> None:
    one, two = (to_file(loss_curve(records([3.0, 2.0]))) for _ in range(2))
    assert one == two


def test_both_files_have_one_layout() -> None:
    figure = loss_curve(records([3.0, 2.0]))
    files = to_files(figure)
    assert list(files) == ["png", "svg"]
    assert files["png"] == to_png(loss_curve(records([3.0, 2.0])))
    assert files["svg"].startswith(b"<?xml")


@pytest.mark.parametrize(("suffix", "draw"), [("png", to_png), ("svg", to_svg)])
def test_one_format_alone(suffix: str, draw) -> None:
    one, other = (loss_curve(records([3.0, 2.0])) for _ in range(2))
    assert to_files(one, [suffix]) == {suffix: draw(other)}


def test_text_in_svg_is_text() -> None:
    drawn = ElementTree.fromstring(to_svg(loss_curve(records([3.0, 2.0]), title="<&> of é")))
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"<&> of é", "epoch", "training"} <= set(words)


def test_no_window_and_no_state() -> None:
    code = (
        "import sys; from chainrule.train.figures import gradient_norms, to_png;"
        "to_png(gradient_norms({'a': 1.0})); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
