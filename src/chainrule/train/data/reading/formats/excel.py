"""The first sheet of an Excel file, read by Polars with fastexcel."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import DataError
from chainrule.train.data.reading.memory_limit import check_size
from chainrule.train.data.reading.problems import unreadable

if TYPE_CHECKING:
    import polars as pl

__all__ = ["read_excel"]

EXPANDED = 20
"""How much larger than its file a sheet may become in memory."""


def read_excel(path: Path, content: bytes, memory: int) -> pl.DataFrame:
    """The first sheet; DataError where it cannot be read, or fastexcel is not installed."""
    if find_spec("fastexcel") is None:
        raise DataError(
            str(path),
            expected="the package fastexcel, to read Excel files with",
            got="none installed",
            remedy="install it: pip install 'chainrule[excel]', or save the sheet as CSV",
        )
    import polars as pl

    check_size(path, EXPANDED * len(content), memory)
    try:
        return pl.read_excel(
            io.BytesIO(content), engine="calamine", infer_schema_length=None, drop_empty_cols=False
        )
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise unreadable(path, f"no Excel sheet in it ({reason})", "save it again") from None
