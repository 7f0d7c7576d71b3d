"""The style that all figures share: colours, axes, ticks."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from chainrule.formula.numbers import (
    MOST_DIGITS,
    RAISED,
    NumberStyle,
    NumberWriter,
    significant,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

P = ParamSpec("P")
T = TypeVar("T")

__all__ = [
    "FAINT",
    "GRADIENT_NORM",
    "INK",
    "MARKERS",
    "TRAIN",
    "VALIDATION",
    "canvas",
    "drawn",
    "epoch_axis",
    "legend",
    "number",
    "number_ticks",
    "own_style",
    "plain_ticks",
    "power_of_ten",
    "remove_frame",
    "shades",
    "short_label",
    "shown",
]

# Blue and vermilion of Okabe and Ito, distinguishable in every common kind of colour blindness.
TRAIN, VALIDATION, INK, FAINT = "#0072B2", "#D55E00", "#333333", "#D9D9D9"

GRADIENT_NORM = "‖∂loss / ∂parameters‖₂"

MARKERS = "osD^vPX*"
"""Shapes of points, so that lines and classes do not differ in colour alone."""


@contextmanager
def own_style() -> Iterator[None]:
    """In this block, text is never mathematics, whatever the user's settings of matplotlib are.

    The names of classes and columns come from users: `price (A$) and tax ($)` is no formula, and a
    lone `$` or `\\frac` no mistake.
    """
    from matplotlib import rc_context

    settings = {
        "text.usetex": False,
        "text.parse_math": False,
        "axes.formatter.use_mathtext": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "chainrule",
    }
    with rc_context(settings):  # type: ignore[arg-type]
        yield


def drawn(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that draws a figure: it runs in `own_style`."""

    @functools.wraps(function)
    def draw(*args: P.args, **kwargs: P.kwargs) -> T:
        with own_style():
            return function(*args, **kwargs)

    return draw


def shown(text: str) -> str:
    """A user's text as a label: on one line, not longer than 60 characters, printable.

    >>> shown("\\x1b[2Jred\\n" + 80 * "e")[:20]
    '\\\\x1b[2Jred eeeeeeeee'
    """
    words = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))
    return words if len(words) <= 60 else f"{words[:59]}…"


def legend(
    owner: Axes | Figure, handles: Sequence[Any], names: Sequence[str], **how: Any
) -> Legend:
    """A legend with these names, also those that begin with `_`, which matplotlib leaves out."""
    found = owner.legend(handles, [f"{number}" for number in range(len(names))], **how)
    for entry, name in zip(found.get_texts(), names, strict=True):
        entry.set_text(shown(name))
    return found


def number(value: float, digits: int = 3) -> str:
    """A number as a label, to so many significant digits.

    >>> number(0.0063996), number(-1.5e-7), number(1.0)
    ('0.00640', '−1.5·10⁻⁷', '1')
    """
    return significant(float(value), digits).replace("-", "−")


def number_ticks(axes: Axes) -> None:
    """Write the ticks of both axes, while they are linear, in one style each."""
    from matplotlib.ticker import Formatter

    class Ticks(Formatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return number(x, 6)

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            write = NumberWriter(NumberStyle(significant=_digits_apart(values)))
            return [text.strip().replace("-", "−") for text in write.column(map(float, values))]

    axes.xaxis.set_major_formatter(Ticks())
    axes.yaxis.set_major_formatter(Ticks())


def _digits_apart(values: Sequence[float]) -> int:
    """How many significant digits tell ticks apart: six, or more where they are close."""
    ordered = sorted(set(map(float, values)))
    step = min((b - a for a, b in pairwise(ordered)), default=0.0)
    largest = max(map(abs, ordered), default=0.0)
    if not 0 < step < math.inf or largest == math.inf:
        return 6
    return min(max(6, math.floor(math.log10(largest / step)) + 2), MOST_DIGITS)


def power_of_ten(value: float, _: object = None) -> str:
    """The label of a tick on a logarithmic axis, without mathematics.

    >>> power_of_ten(1e-3), power_of_ten(100.0), power_of_ten(5.0)
    ('10⁻³', '10²', '')
    """
    power = math.log10(value) if value > 0 else 0.5
    if not math.isclose(power, round(power), abs_tol=1e-9):
        return ""
    return "10" + str(round(power)).translate(RAISED)


def canvas(width: float, height: float, title: str) -> tuple[Figure, Axes]:
    """A figure of this size in inches, with one pair of axes under a title."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.set_title(shown(title), loc="left", fontsize=12, color=INK, pad=10)
    remove_frame(axes)
    return figure, axes


def remove_frame(axes: Axes) -> None:
    """Draw no frame at the top and the right, and grey lines at the left and the bottom."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#999999")
    axes.tick_params(colors=INK, labelsize=9)
    number_ticks(axes)


def epoch_axis(axes: Axes, epochs: Sequence[int]) -> None:
    """Label the horizontal axis with whole epochs, and leave a margin around a single one."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(epochs) == 1:
        axes.set_xlim(epochs[0] - 0.5, epochs[0] + 0.5)


def plain_ticks(axes: Axes, which: str) -> None:
    """Put ticks at 1, 2 and 5 of every decade, as plain numbers, if there are few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = sorted(axis.get_view_interval())
    decades = math.log10(high / low)
    if decades < 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    else:
        axis.set_major_formatter(FuncFormatter(power_of_ten))
    axis.set_minor_locator(NullLocator())


def shades(count: int) -> list[str]:
    """`count` colours from dark to light, which keep their order in grey.

    >>> shades(2)
    ['#00224e', '#d6c35d']
    """
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps["cividis"](0.85 * i / max(count - 1, 1))) for i in range(count)]


def short_label(names: Sequence[str]) -> str:
    """Names for a tick of an axis, cut to about 16 characters.

    >>> short_label(["z1", "a1"]), short_label(["encoder.layer.weight"])
    ('z1, a1', '…er.layer.weight')
    """
    joined = shown(", ".join(names))
    if len(joined) > 16:
        joined = f"{shown(names[0])} …" if len(names) > 1 else f"…{joined[-15:]}"
    return joined
