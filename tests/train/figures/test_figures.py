import math
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.errors import DataError, ShapeError
from chainrule.train.figures import (
    activation_histograms,
    decision_boundary,
    gradient_flow,
    gradient_norms,
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


def test_loss_curve_shows_the_records() -> None:
    figure = loss_curve(records([3.0, 2.0, 1.5], [3.1, 2.5, 2.6]), title="T", unit="nats")
    (axes,) = figure.axes
    training, validation, best = axes.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[1, 3], [2, 2], [3, 1.5]])
    np.testing.assert_array_equal(validation.get_xydata(), [[1, 3.1], [2, 2.5], [3, 2.6]])
    np.testing.assert_array_equal(best.get_xydata(), [[2, 2.5]])
    assert axes.get_title(loc="left") == "T"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss (nats)")
    assert training.get_linestyle() != validation.get_linestyle()
    legend = axes.get_legend()
    assert legend is not None
    words = [text.get_text() for text in legend.get_texts()]
    assert words == ["training", "validation", "least validation loss: 2.5 at epoch 2"]


def test_without_validation() -> None:
    assert len(loss_curve(records([3.0, 2.0])).axes[0].get_lines()) == 1


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([1.0, 0.5], "linear"),
        ([1.0, 0.01], "log"),
        ([1.0, 0.0], "linear"),
        ([1.0, -5.0], "linear"),
        ([math.nan, math.inf], "linear"),
        ([1.0, math.inf, 0.01], "log"),
        ([1.7e308, 1.0], "linear"),
    ],
)
def test_scale(losses: list, scale: str) -> None:
    figure = loss_curve(records(losses))
    assert figure.axes[0].get_yscale() == scale
    assert to_png(figure).startswith(b"\x89PNG")


def test_gradient_norms_shows_every_layer_in_order() -> None:
    norms = {"z": 0.5, "a": 1e-7, "dead": 0.0, "m": math.nan}
    (axes,) = gradient_norms(norms).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["z", "a", "dead", "m"]
    low, high = axes.get_ylim()
    assert low > high  # the first layer is on top
    assert [text.get_text() for text in axes.texts] == [
        "0.5",
        "1e-07",
        "0 (no gradient)",
        "nan (off the scale)",
    ]
    assert axes.get_xlabel()
    assert axes.get_ylabel() == "layer"
    assert axes.get_title(loc="left")


@pytest.mark.parametrize("norms", [{"a": 0.0}, {"a": math.inf, "b": 5e-324}, {"a": 1.0}])
def test_extreme_norms(norms: dict) -> None:
    assert to_png(gradient_norms(norms)).startswith(b"\x89PNG")


def flows(*epochs: dict[str, float]) -> list[EpochRecord]:
    return [EpochRecord(e, e, 1.0, 0.1, 1.0, gradient_norms=n) for e, n in enumerate(epochs, 1)]


def test_gradient_flow_has_a_line_for_each_layer() -> None:
    figure = gradient_flow(flows({"a": 1.0, "b": 0.1, "dead": 0.0}, {"a": 0.5, "b": 0.2}, {}))
    (axes,) = figure.axes  # an epoch without norms is left out, a layer without them a gap
    a, b = axes.get_lines()
    np.testing.assert_array_equal(a.get_xydata(), [[1, 1.0], [2, 0.5]])
    np.testing.assert_array_equal(b.get_xydata(), [[1, 0.1], [2, 0.2]])
    assert (axes.get_xlabel(), axes.get_yscale()) == ("epoch", "log")
    assert "∂loss" in axes.get_ylabel()
    assert axes.get_title(loc="left") == "Gradient norm of each layer by epoch"
    assert a.get_marker() != b.get_marker()


def test_gradient_flow_of_many_layers_has_a_row_for_each() -> None:
    names = [f"layers.{i}" for i in range(20)]
    figure = gradient_flow(flows(*({n: 10.0**-i for i, n in enumerate(names)} for _ in range(3))))
    axes, bar = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    (image,) = axes.get_images()
    np.testing.assert_allclose(image.get_array()[:, 0], 10.0 ** -np.arange(20))
    assert "∂loss" in bar.get_ylabel()


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("norm", [0.0, math.nan, math.inf, 5e-324, 1.0])
def test_extreme_flows(norm: float, count: int) -> None:
    figure = gradient_flow(flows({f"a{i}": norm for i in range(count)}))
    assert to_png(figure).startswith(b"\x89PNG")


def test_activations_are_counted_and_zeros_told() -> None:
    values = np.array([[0.0, 0.0, 1.0, 5.0], [0.0, 3.0, 2.0, 5.0]])
    figure = activation_histograms({"a1": values, "z2": values + 1})
    first, second = figure.axes
    heights = sum(bar.get_height() for bar in first.patches)
    assert heights == pytest.approx(100 * 5 / 8)  # per cent of all; three are zero
    assert sum(bar.get_height() for bar in second.patches) == pytest.approx(100)
    assert first.texts[0].get_text() == "mean 2, sd 2\n38 % zero\n2 of 4 units constant"
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["a1", "z2"]
    assert all(word.get_text() for word in (figure._suptitle, figure._supxlabel, figure._supylabel))


@pytest.mark.parametrize(
    "values",
    [np.zeros((3, 2)), np.full((3, 2), np.nan), np.ones((1, 1)), np.array([[1.0, np.inf]])],
)
def test_extreme_activations(values: np.ndarray) -> None:
    assert to_png(activation_histograms({"a": values})).startswith(b"\x89PNG")


def test_of_many_layers_some_are_drawn() -> None:
    figure = activation_histograms({f"a{i}": np.ones((2, 2)) * i for i in range(40)})
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert (len(titles), titles[0], titles[-1]) == (12, "a0", "a39")
    assert "12 of 40" in figure._suptitle.get_text()


def test_the_boundary_lies_where_the_answer_changes() -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    figure = decision_boundary(
        lambda rows: (rows[:, 0] > 0.25).astype(int),
        x,
        (x[:, 0] > 0.25).astype(int),
        names=("age (years)", "height (cm)"),
        classes=("no", "yes"),
    )
    (axes,) = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("age (years)", "height (cm)")
    line = axes.collections[-1].get_paths()[0].vertices
    np.testing.assert_allclose(line[:, 0], 0.25, atol=0.02)
    no, yes = axes.get_lines()
    assert len(no.get_xdata()) + len(yes.get_xdata()) == 50
    assert no.get_marker() != yes.get_marker()


def test_a_surface_for_numbers() -> None:
    x = np.array([[0.0, 0.0], [1.0, 2.0]])
    figure = decision_boundary(lambda rows: rows.sum(1), x, x.sum(1), target="price ($)")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x1", "x2")
    assert bar.get_ylabel().startswith("price ($)")


@pytest.mark.parametrize("classes", [(), ("one", "two")])
def test_flat_answers_and_a_single_row(classes: tuple[str, ...]) -> None:
    figure = decision_boundary(
        lambda rows: np.zeros(len(rows)), np.ones((1, 2)), np.zeros(1), classes=classes
    )
    assert to_png(figure).startswith(b"\x89PNG")


def test_a_plane_has_two_inputs() -> None:
    with pytest.raises(ShapeError, match="expected rows of 2 inputs"):
        decision_boundary(lambda rows: rows[:, 0], np.ones((4, 3)), np.ones(4))


@pytest.mark.parametrize("made", [to_png, to_svg])
def test_the_same_figure_is_the_same_file(made) -> None:
    one, two = (made(loss_curve(records([3.0, 2.0]))) for _ in range(2))
    assert one == two


def test_both_files_have_one_layout() -> None:
    figure = loss_curve(records([3.0, 2.0]))
    files = to_files(figure)
    assert list(files) == ["png", "svg"]
    assert files["png"] == to_png(loss_curve(records([3.0, 2.0])))
    assert files["svg"].startswith(b"<?xml")


def test_text_in_svg_is_text() -> None:
    drawn = ElementTree.fromstring(to_svg(loss_curve(records([3.0, 2.0]), title="<&> of é")))
    words = [text.text for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"<&> of é", "epoch", "training"} <= set(words)


def test_nothing_to_draw() -> None:
    with pytest.raises(DataError, match="loss curve: expected one epoch or more"):
        loss_curve([])
    with pytest.raises(DataError, match="gradient norms: expected one layer or more"):
        gradient_norms({})
    with pytest.raises(DataError, match="gradient flow: expected one epoch or more"):
        gradient_flow(flows({}))
    with pytest.raises(DataError, match="activations: expected one layer or more"):
        activation_histograms({})


def test_no_window_and_no_state() -> None:
    code = (
        "import sys; from chainrule.train.figures import gradient_norms, to_png;"
        "to_png(gradient_norms({'a': 1.0})); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
