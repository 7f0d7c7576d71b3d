"""How a file is to be read: what a user says, and what was inferred for files to come."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, final

from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.data.reading.cells.missing_marks import parse_marks
from chainrule.train.data.reading.cells.number_formats import DecimalMark

__all__ = ["AS_BEFORE", "GivenKind", "Reading", "listed"]


GivenKind = Literal["category", "number", "date"]
"""The kinds that can be given to a column."""


@final
@dataclass(frozen=True)
class Reading:
    """How the cells of a file become values; what is not said is inferred.

    categorical, numeric, date   columns of that kind, as names or comma-separated lists of them
    date_format   formats such as %d/%m/%Y, for all dates or as COLUMN=FORMAT for one column
    missing       marks that stand for "no value" everywhere
    decimal       the decimal mark
    encoding, delimiter, header, skip_ragged   of text files
    drop          columns in which nothing is a problem
    ignored       columns that were left out when the table was first read
    stored        whether it was inferred from an earlier file, and kept
    plain         only what was understood before numbers and dates of many forms were
    said          names of these that were said for this file, over what is stored
    """

    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    date_format: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    decimal: DecimalMark | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    skip_ragged: bool = False
    drop: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    stored: bool = False
    plain: bool = False
    said: tuple[str, ...] = ()

    @classmethod
    def of(cls, options: Any) -> Self:
        """The reading that the options of a run ask for."""
        names = [field.name for field in dataclasses.fields(cls)]
        given = {name: getattr(options, name) for name in names if hasattr(options, name)}
        given["missing"] = parse_marks(given.get("missing", ()))
        return cls(header=not getattr(options, "no_header", False), **given)

    def but(
        self,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        decimal: DecimalMark | None = None,
        missing: tuple[str, ...] = (),
        date_format: tuple[str, ...] = (),
    ) -> Self:
        """The reading of a file that differs in what is given; further marks add to the others.

        >>> Reading(delimiter=";", missing=("?",)).but(delimiter=",", missing=("-",)).missing
        ('?', '-')
        """
        given = {"encoding": encoding, "delimiter": delimiter, "decimal": decimal}
        said: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if missing:
            said["missing"] = (*self.missing, *parse_marks(missing))
        if date_format:
            general = any(not name for name, _ in _formats(date_format))
            said["date_format"] = (*(() if general else self.date_format), *date_format)
        if not said:
            return self
        plain = self.plain and not {"decimal", "date_format"} & {*said}
        return dataclasses.replace(self, **said, said=tuple(said), plain=plain)

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks for missing values that were given."""
        return self.missing

    def kinds(self, columns: Iterable[str]) -> dict[str, GivenKind]:
        """The kinds that were given to columns; OptionError for two kinds of one column."""
        found: dict[str, GivenKind] = {}
        columns = list(columns)
        named: tuple[tuple[GivenKind, tuple[str, ...]], ...] = (
            ("category", self.categorical),
            ("number", self.numeric),
            ("date", self.date),
        )
        for kind, texts in named:
            for name in listed(texts, columns, None if self.stored else f"{kind} column"):
                if found.setdefault(name, kind) != kind:
                    raise OptionError(
                        f"column {name!r}", expected="one kind", got=f"{found[name]} and {kind}"
                    )
        for name, _ in _formats(self.date_format):
            if name in columns:
                found.setdefault(name, "date")
        return found

    def format_of(self, column: str) -> str | None:
        """The format of the dates of a column, where one was given."""
        formats = _formats(self.date_format)
        own = [form for name, form in formats if name == column]
        general = [form for name, form in formats if not name]
        return (own or general or [None])[-1]

    def to_dict(self) -> dict[str, Any]:
        """The stored reading as entries for TOML: none for a file in the most usual form.

        The columns to drop are among the options of a run already.
        """
        usual = dataclasses.replace(AS_BEFORE, plain=False)
        entries = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name != "drop" and getattr(self, field.name) != getattr(usual, field.name)
        }
        return {k: list(v) if isinstance(v, tuple) else v for k, v in entries.items()}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        entries = {"stored": True, **entries}
        names = {field.name for field in dataclasses.fields(cls)}
        entries = {"decimal": ".", **entries}
        known: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in entries.items() if k in names
        }
        return cls(**known)


AS_BEFORE = Reading(decimal=".", stored=True, plain=True)
"""How the files of a run were read that does not say so."""


def _formats(texts: Iterable[str]) -> list[tuple[str, str]]:
    """The column, or nothing, and the format of each entry."""
    return [
        (name, form) if (name and "%" not in name) else ("", text)
        for text in texts
        for name, _, form in [text.rpartition("=")]
    ]


def listed(texts: Iterable[str], known: Iterable[str], role: str | None) -> tuple[str, ...]:
    """The names in comma-separated lists; a text that is a name itself is not taken apart.

    Raises UnknownNameError for a name that is not `known`, unless `role` is None.

    >>> listed(["a,b", "x, y"], ["a", "b", "x, y"], "column")
    ('a', 'b', 'x, y')
    """
    known, found = dict.fromkeys(known), list[str]()
    for text in texts:
        names = [text] if text in known else [name.strip() for name in text.split(",")]
        for name in names:
            if name in known:
                found.append(name)
            elif role is not None:
                raise UnknownNameError(role, name, known)
    return tuple(dict.fromkeys(found))
