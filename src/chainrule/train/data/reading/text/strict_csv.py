"""CSV text with unusual quotes, converted to strict CSV text.

Polars refuses a quote within a cell, such as that of 5" pipe, and a lone carriage return.  So the
rows of such a text are first read by the standard library, one by one.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from chainrule.errors import DataError
from chainrule.train.data.reading.problems import unreadable

__all__ = ["strict_csv"]


def strict_csv(path: Path, content: bytes, delimiter: str, skip_ragged: bool = False) -> bytes:
    """The same table with quotes only around whole cells, without blank lines and outer spaces.

    Raises `DataError` for ragged rows, unless they are skipped, and for quotes that never end;
    `path` is for the errors.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    reader = csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter, strict=True)
    line, width = 1, 0
    try:
        for row in reader:
            width = width or len(row)
            if row and len(row) == width:
                writer.writerow([cell.strip() for cell in row])
            elif row and not skip_ragged:
                raise DataError(
                    str(path),
                    expected=f"{width} cells in every line, as in the first",
                    got=f"{len(row)} in line {line}",
                    remedy="correct that line, or leave such lines out with --skip-ragged",
                )
            line = reader.line_num + 1
    except csv.Error as error:
        raise unreadable(path, f"{error} in line {line}", "correct that line") from None
    return out.getvalue().encode()
