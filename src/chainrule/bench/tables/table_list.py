"""Which tables are trained on: files that packages ship, read where those are installed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, final

from chainrule.errors import UnknownNameError

__all__ = ["BenchTable", "package_folder", "select_tables"]

LIST = Path(__file__).with_name("tables.toml")


@final
@dataclass(frozen=True)
class BenchTable:
    """One table: the file of a package, what is predicted, and which columns are left out and why.

    `held_out` tables play no part in the choice of defaults.
    """

    name: str
    package: str
    file: str
    task: Literal["classification", "regression"]
    target: str = "target"
    separator: str = ","
    quote: str = '"'
    drop: Sequence[str] = ()
    why: str = ""
    held_out: bool = False


def select_tables(names: Sequence[str] = ()) -> list[BenchTable]:
    """The tables of these names, in the order of the list; without names, all of them."""
    with LIST.open("rb") as file:
        tables = [BenchTable(**entries) for entries in tomllib.load(file)["table"]]
    known = [table.name for table in tables]
    for name in names:
        if name not in known:
            raise UnknownNameError("table", name, known)
    return [table for table in tables if not names or table.name in names]


def package_folder(package: str) -> Path | None:
    """The folder of an installed package, which is not imported; None if there is none."""
    spec = find_spec(package)
    folders = None if spec is None else spec.submodule_search_locations
    return Path(next(iter(folders))) if folders else None
