"""The cells of some columns of a file as they stand there, whatever they mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chainrule.train.data.reading.cells.typed_columns import texts_of
from chainrule.train.data.reading.content.regular_file import inner_suffix, read_content
from chainrule.train.data.reading.formats.excel import read_excel
from chainrule.train.data.reading.formats.worker_process import frame_of
from chainrule.train.data.reading.memory_limit import default_limit
from chainrule.train.data.reading.read_file import CSV, EXCEL, JSON, TYPED
from chainrule.train.data.reading.reading_options import Reading, listed
from chainrule.train.data.reading.text.csv_frame import column_names
from chainrule.train.data.reading.text.csv_table import read_text

__all__ = ["verbatim_texts"]


def verbatim_texts(
    path: Path, columns: Sequence[str], reading: Reading, rows: int, memory: int | None = None
) -> dict[str, list[str]]:
    """The texts of these columns, names or comma-separated lists of them, in each of the `rows`.

    Of a text file these are the cells without the quotation marks around them, of others the values
    as texts, nothing for a missing one.  The file is one that `read_file` has read with the same
    `reading`.  Raises UnknownNameError for a column that it does not have.
    """
    if not columns:
        return {}
    import polars as pl

    suffix, limit = inner_suffix(path), default_limit() if memory is None else memory
    content, role = read_content(path, limit), f"id column of {path.name}"
    if suffix in CSV:
        text = read_text(path, content, suffix, reading)
        names = column_names(text)
        kept = listed(columns, names, role)
        cells = pl.read_csv(
            text.body.whole(),
            separator=text.delimiter,
            has_header=False,
            infer_schema_length=0,  # all as text
            columns=(places := sorted(names.index(name) for name in kept)),
        )
        cells.columns = [names[place] for place in places]
        return {name: cells[name].fill_null("").to_list() for name in kept}
    if suffix in EXCEL:
        data = read_excel(path, content, limit)
    else:
        data = frame_of(path, {**TYPED, **JSON}[suffix], content, limit)
    kept = listed(columns, data.columns, role)
    return {name: texts_of(data[name]).fill_null("").to_list() for name in kept}
