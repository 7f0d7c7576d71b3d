"""The options of a run about its data: which file, how it is read, what is predicted from what."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from chainrule.errors import OptionError
from chainrule.train.options.checks import if_given, one_of
from chainrule.train.options.option import DATA, Section, option

__all__ = ["ColumnOptions", "TableOptions"]


def _check_names(value: Any) -> tuple[str, ...]:
    """Names in a list, or a single one; a data frame may name its columns by numbers."""
    single = isinstance(value, str) or not isinstance(value, Iterable)
    return (str(value),) if single else tuple(map(str, value))


def _check_formats(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping):
        value = [f"{name}={form}" for name, form in value.items()]
    value = _check_names(value)
    for form in value:
        if "%" not in form:
            raise OptionError(
                "date format",
                expected="one such as %d/%m/%Y, for one column as when=%d/%m/%Y",
                got=repr(form),
            )
    return value


def _check_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError:
        raise OptionError(
            "encoding",
            expected="one that Python knows, such as latin-1 or utf-16",
            got=repr(value),
        ) from None
    return value


def _check_delimiter(value: str) -> str:
    from chainrule.train.data.reading.text.delimiter import named_delimiter

    named_delimiter(value)
    return value


def _names(help: str, metavar: str = "COLUMN,…", **facts: Any) -> Any:
    """An option that may be repeated, and whose values may be comma-separated lists."""
    facts = {"check": _check_names, "store": lambda value: list(value) or None} | facts
    return option((), help, metavar, Section.TABLE, tables=(DATA,), typed=list[str], **facts)


def _flag(help: str) -> Any:
    return option(
        False, help, None, Section.TABLE, tables=(DATA,), typed=bool, store=lambda v: v or None
    )


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Where the data of a run are."""

    source: str = option(
        "",
        "A data set's name, a file (a table or a text; .gz or .zst), or a folder of images.",
        "SOURCE",
        Section.SOURCE,
        tables=(DATA,),
        argument=True,
    )


@dataclass(frozen=True, kw_only=True)
class ColumnOptions:
    """What the columns of a table mean: of a file as of a data frame.

    With `task` None the task is inferred (see `infer_task`); with `impute` None missing numbers
    become the median, and an input more says where they were missing. Names of columns may be
    comma-separated lists.
    """

    target: str | None = option(
        None,
        "The column to predict.",
        "COLUMN",
        Section.SOURCE,
        check=if_given(str),
        tables=(DATA,),
    )
    task: Literal["classification", "regression"] | None = option(
        None,
        "Inferred where not given.",
        "classification|regression",
        Section.SOURCE,
        check=if_given(one_of("task", "classification", "regression")),
        tables=(DATA,),
    )
    impute: Literal["mean", "median", "most-frequent"] | None = option(
        None,
        "Fill in missing values.",
        "mean|median|most-frequent",
        Section.SOURCE,
        check=if_given(one_of("impute", "mean", "median", "most-frequent")),
        tables=(DATA,),
        unset="the median, and an input that says where",
    )
    drop: tuple[str, ...] = option(
        (),
        "Leave these columns out.",
        "COLUMN,…",
        Section.SOURCE,
        check=_check_names,
        tables=(DATA,),
        store=list,
        typed=list[str],
    )
    require_target: bool = _flag("Refuse rows without an answer, which are left out otherwise.")
    text_columns: Literal["hashed"] | None = option(
        None,
        "Encode free text by its words, which is left out otherwise.",
        "hashed",
        Section.TABLE,
        check=if_given(one_of("text columns", "hashed")),
        tables=(DATA,),
    )
    categorical: tuple[str, ...] = _names("Categories, even where they look like numbers.")
    numeric: tuple[str, ...] = _names("Numbers, whatever they look like.")
    date: tuple[str, ...] = _names("Dates or times, whatever they look like.")
    date_format: tuple[str, ...] = _names(
        "How dates are written, such as %d/%m/%Y; for one column when=%d/%m/%Y.",
        "FORMAT",
        check=_check_formats,
    )
    missing: tuple[str, ...] = _names("Cells that mean 'no value', such as '?,-,None'.", "MARK,…")
    decimal: Literal[".", ","] | None = option(
        None,
        "The decimal mark.",
        ".|,",
        Section.TABLE,
        check=if_given(one_of("decimal", ".", ",")),
        tables=(DATA,),
        unset="by all columns",
    )


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How the text of a file is read."""

    encoding: str | None = option(
        None,
        "Of a text file.",
        "NAME",
        Section.TABLE,
        check=if_given(_check_encoding),
        tables=(DATA,),
        unset="UTF-8, else Windows-1252",
    )
    delimiter: str | None = option(
        None,
        "Between cells: one character, tab or space.",
        "CHARACTER",
        Section.TABLE,
        check=if_given(_check_delimiter),
        tables=(DATA,),
        unset="by the first line",
    )
    no_header: bool = _flag("The first line is data; columns are column_1, column_2, …")
    skip_ragged: bool = _flag("Leave lines with too few or too many cells out.")


@dataclass(frozen=True, kw_only=True)
class TableOptions(FileOptions, ColumnOptions, SourceOptions):
    """The options of a run about its data."""
