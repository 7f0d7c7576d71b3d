"""Figures as PNG and SVG files: the same bytes for the same figure."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from chainrule.train.figures.axes_style import own_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "to_files", "to_png", "to_svg"]

FORMATS = ("png", "svg")
"""The formats of figures, which are also the suffixes of their files."""


def to_png(figure: Figure, dpi: int = 150) -> bytes:
    """The figure as a PNG file."""
    out = io.BytesIO()
    with _missing_glyphs_allowed(), own_style():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def to_svg(figure: Figure) -> bytes:
    """The figure as an SVG file, in which text is stored as text."""
    out = io.BytesIO()
    with _missing_glyphs_allowed(), own_style():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def to_files(figure: Figure, formats: Collection[str] = FORMATS) -> dict[str, bytes]:
    """The files in these formats by their suffix, laid out only once."""
    files: dict[str, bytes] = {}
    for name, content in (("png", to_png), ("svg", to_svg)):
        if name in formats:
            files[name] = content(figure)
            figure.set_layout_engine("none")  # keeps the positions of the first layout
    return files


@contextmanager
def _missing_glyphs_allowed() -> Iterator[None]:
    """Silence the warning about characters that the font lacks: they show as empty boxes.

    The names of classes come from users, in any script.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield
