"""The gradient's flow layer by layer: what is drawn, and when nothing is."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import gallery
from chainrule.errors import DataError
from chainrule.explain import Flow, read
from chainrule.train.figures import shrinkage, to_png, to_svg


def chain(name: str) -> Flow:
    example = gallery.get(name)
    return cr.flow(read(example.expression, example.inputs), inputs=["x"])


def test_the_curve_is_the_norms():
    found = chain("exploding-chain")
    above, below = shrinkage(found).axes
    (line,) = above.get_lines()
    np.testing.assert_array_equal(line.get_ydata(), [1, 124, 620, 3100, 15500])
    assert [label.get_text() for label in below.get_xticklabels()] == ["f9", "f6", "f4", "f2", "x"]
    assert above.get_title(loc="left") == "How the gradient of f9 shrinks and grows on its way back"
    assert above.get_ylabel() == "‖∂f9 / ∂result‖₂ (logarithmic)"
    assert below.get_xlabel() == "result, from the output back to the inputs"


def test_bars_are_the_factors():
    found = chain("vanishing-chain")
    bars = shrinkage(found).axes[1].containers
    for part, drawn in zip(("activation", "weights", "other"), bars, strict=True):
        expected = [getattr(layer, part) or 1.0 for layer in found.layers]
        assert [bar.get_y() + bar.get_height() for bar in drawn] == pytest.approx(expected)
    assert len({bars_[0].get_hatch() for bars_ in bars}) == 3


@pytest.mark.parametrize("name", ["vanishing-chain", "exploding-chain", "dead-relu"])
def test_files_are_the_same_each_time(name):
    found = cr.flow(gallery.get(name).work().main.record, steps="names")
    for file in (to_png, to_svg):
        assert file(shrinkage(found)) == file(shrinkage(found))


def test_no_layer():
    with pytest.raises(DataError, match="one layer or more"):
        shrinkage(cr.flow(cr.variable(2.0, "x")))
