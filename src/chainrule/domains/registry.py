"""Which domains there are, and which one a source is of."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from chainrule.domains.domain_options import DomainOptions
from chainrule.domains.images.options import ImageOptions
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.domains.pairs.options import PairOptions
from chainrule.domains.series.options import SeriesOptions
from chainrule.domains.text.options import TextOptions
from chainrule.train.options import RunOptions
from chainrule.train.options.stored_options import StoredOptions

__all__ = ["OPTIONS", "domain", "domain_of_run", "domain_of_source", "options_of"]

OPTIONS: dict[str, type[DomainOptions]] = {
    "text": TextOptions,
    "series": SeriesOptions,
    "pairs": PairOptions,
    "labelled_text": LabelledTextOptions,
    "images": ImageOptions,
}
"""The options of each domain besides tables, in the order in which sources are tried."""


def domain(name: str) -> Any:
    """The domain of this name; what it needs is imported now."""
    if name == "table":
        from chainrule.train.runs.tables.table_domain import TABLES

        return TABLES
    return import_module(f"chainrule.domains.{name}.domain").DOMAIN


def domain_of_source(source: str, given: Mapping[str, Any]) -> str:
    """The name of the domain of a source, by the options that were given."""
    found = (name for name, options in OPTIONS.items() if options.recognises(source, given))
    return next(found, "table")


def domain_of_run(path: Path) -> str:
    """The name of the domain of a run folder.  Raises RunError where it cannot be read."""
    from chainrule.train.runs.run_folder import RunFolder

    kind = RunFolder.read(path).config.get("kind", "table")
    return kind if kind in OPTIONS else "table"  # which says that it is none


def options_of(name: str) -> type[StoredOptions]:
    """The options of a domain."""
    return OPTIONS.get(name, RunOptions)
