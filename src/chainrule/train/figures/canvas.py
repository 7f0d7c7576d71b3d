"""What all pictures share: paper, ink, axes, and the files they become."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "FAINT",
    "INK",
    "TRAIN",
    "VALIDATION",
    "by_epoch",
    "canvas",
    "plain_ticks",
    "plainly",
    "shades",
    "to_files",
    "to_png",
    "to_svg",
]

# Blue and vermilion of Okabe and Ito, told apart in every common kind of colour blindness.
TRAIN, VALIDATION, INK, FAINT = "#0072B2", "#D55E00", "#333333", "#D9D9D9"


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A figure of so many inches with one pair of axes under a title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=12, color=INK, pad=10)
    plainly(axes)
    return figure, axes


def plainly(axes: Axes) -> None:
    """No frame at the top and the right, quiet lines at the left and below."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#999999")
    axes.tick_params(colors=INK, labelsize=9)


def by_epoch(axes: Axes, epochs: Sequence[int]) -> None:
    """Whole epochs along the axis, some room around a single one."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(epochs) == 1:
        axes.set_xlim(epochs[0] - 0.5, epochs[0] + 0.5)


def plain_ticks(axes: Axes, which: str) -> None:
    """1, 2 and 5 in every decade, written as numbers while there are few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    if decades < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def shades(count: int) -> list[str]:
    """So many colours from dark to light, in order in grey as well.

    >>> shades(2)
    ['#00224e', '#d6c35d']
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["cividis"](0.85 * i / max(count - 1, 1))) for i in range(count)]


def to_png(figure: Figure, dpi: int = 150) -> bytes:
    """The picture as a PNG file: the same bytes for the same figure."""
    out = io.BytesIO()
    with _whatever_letters():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def to_svg(figure: Figure) -> bytes:
    """The picture as an SVG file whose text is text: the same bytes for the same figure."""
    from matplotlib import rc_context

    out = io.BytesIO()
    with (
        _whatever_letters(),
        rc_context({"svg.fonttype": "none", "svg.hashsalt": "chainrule"}),
    ):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


@contextmanager
def _whatever_letters() -> Iterator[None]:
    """A class may be named by what the font has no picture of: it shows an empty box then."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def to_files(figure: Figure) -> dict[str, bytes]:
    """Both forms by the endings of their files, laid out once."""
    png = to_png(figure)
    figure.set_layout_engine("none")  # what has its places keeps them
    return {"png": png, "svg": to_svg(figure)}
