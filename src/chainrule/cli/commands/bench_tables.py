"""`chainrule bench --tables`: how well `chainrule train` does on real tables."""

from __future__ import annotations

import json as encoder
from collections.abc import Sequence
from pathlib import Path

from chainrule.cli.output.part_progress import part_progress
from chainrule.cli.output.result_folder import prepare_folder, write_files
from chainrule.errors import OptionError

__all__ = ["compare_tables"]

SPLITS, QUICK_SPLITS = 5, 2

QUICK_TABLES = ("auto", "breast-cancer", "german", "iris", "wine")


def compare_tables(
    names: Sequence[str], splits: int | None, quick: bool, output: Path | None, json: bool
) -> None:
    """Train on the tables of these names, or on all; print the scores, and write them."""
    from chainrule.bench.tables.comparison import CONTESTANTS, compare
    from chainrule.bench.tables.markdown_report import markdown_report
    from chainrule.bench.tables.table_list import select_tables

    count = (QUICK_SPLITS if quick else SPLITS) if splits is None else splits
    if count < 1:
        raise OptionError("repetitions", expected="one split or more", got=str(count))
    tables = select_tables(names or (QUICK_TABLES if quick else ()))
    if output is not None:
        prepare_folder(output)
    with part_progress(len(tables) * count * len(CONTESTANTS)) as on_progress:
        results, missing = compare(tables, count, on_progress)
    page = markdown_report(results, missing)
    found = {
        "tables": [one.to_dict() for one in results],
        "missing": {table.name: table.package for table in missing},
    }
    entries = encoder.dumps(found, indent=2) + "\n"
    print(entries if json else page, end="")
    if output is not None:
        write_files(output, {"tables.md": page, "tables.json": entries})
