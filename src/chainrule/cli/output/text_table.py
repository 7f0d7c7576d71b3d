"""Plain-text tables: aligned, as narrow as possible, without control characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

from chainrule.cli.output.formatting import printable

__all__ = ["text_table"]

WIDEST_CELL = 24


def text_table(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[str] = ()
) -> str:
    """A title, a header and rows; columns are aligned to the right, except for those in `left`.

    >>> rows = [["first", "0.5"], ["last", "12"]]
    >>> print(text_table("sizes", ["layer", "norm"], rows, left=["layer"]))
    sizes
      layer  norm
      -----------
      first   0.5
      last     12
    """
    lines = [[_cell(text) for text in row] for row in (header, *rows)]
    widths = [max(cell_len(line[i]) for line in lines) for i in range(len(header))]
    sides = [name in left for name in header]
    texts = [
        "  ".join(_padded(*cell) for cell in zip(line, widths, sides, strict=True))
        for line in lines
    ]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    body = "\n".join(f"  {text}".rstrip() for text in (texts[0], rule, *texts[1:]))
    return f"{title}\n{body}"


def _cell(text: str) -> str:
    text = printable(text)
    return text if cell_len(text) <= WIDEST_CELL else set_cell_size(text, WIDEST_CELL - 1) + "…"


def _padded(text: str, width: int, left: bool) -> str:
    gap = " " * (width - cell_len(text))
    return text + gap if left else gap + text
