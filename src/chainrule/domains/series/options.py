"""The options of a run on series."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, final

from chainrule.domains.domain_options import DomainOptions
from chainrule.errors import OptionError
from chainrule.train.options.checks import if_given, one_of, whole_number
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.option import DATA, Section, option, option_like
from chainrule.train.options.table_options import ColumnOptions, FileOptions

__all__ = ["LONGEST", "MOST_HIDDEN", "SeriesOptions"]

LONGEST = 10_000
"""The longest window and the farthest horizon that are accepted, in steps."""

MOST_HIDDEN = 4096
"""The most hidden units of a recurrent layer."""

TABLES = (".csv", ".tsv", ".tab", ".parquet", ".pq", ".xlsx", ".xls", ".ods", ".jsonl", ".arrow")


def _steps(name: str, most: int = LONGEST, least: int = 1) -> Any:
    expected = f"a whole number from {least} to {most}"
    whole = whole_number(name, expected)

    def check(value: Any) -> int:
        found = whole(value)
        if not least <= found <= most:
            raise OptionError(name, expected=expected, got=str(found))
        return found

    return check


def _names(value: Any) -> tuple[str, ...]:
    texts = (value,) if isinstance(value, str) else tuple(map(str, value))
    names = (name.strip() for text in texts for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def _columns(help: str) -> Any:
    return option(
        (),
        help,
        "COLUMN,…",
        Section.SERIES,
        check=_names,
        tables=(DATA,),
        store=lambda value: list(value) or None,
        typed=list[str],
    )


def _column(help: str) -> Any:
    return option(None, help, "COLUMN", Section.SERIES, check=if_given(str), tables=(DATA,))


@final
@dataclass(frozen=True, kw_only=True)
class SeriesOptions(DomainOptions, FileOptions):
    """The options of a run on series; None is chosen once the series are known.

    >>> SeriesOptions("shop.csv", target="sales", known="price, open").known
    ('price', 'open')
    """

    words: ClassVar[str] = "series"
    selected_by: ClassVar[Collection[str]] = ("horizon", "series", "known", "season", "gaps")

    target: str | None = option_like(ColumnOptions, "target", None)
    time: str | None = option(
        None,
        "The column of times, in order.",
        "COLUMN",
        Section.SERIES,
        check=if_given(str),
        tables=(DATA,),
        unset="the only column of dates",
    )
    window: int = option(
        30,
        "Steps that a network sees at once.",
        "N",
        Section.SERIES,
        check=_steps("window", least=2),
        tables=(DATA,),
        typed=int,
        unset="{}",
    )
    horizon: int = option(
        1,
        "Steps ahead to forecast.",
        "N",
        Section.SERIES,
        check=_steps("horizon"),
        tables=(DATA,),
        typed=int,
        unset="{}",
    )
    series: str | None = _column("The column that says which of several series a row is of.")
    known: tuple[str, ...] = _columns("Columns known in advance: their future values are inputs.")
    inputs: tuple[str, ...] = _columns("Further columns of the window: names, or all.")
    season: int | None = option(
        None,
        "Steps of a season, for the baseline; 1 for none.",
        "N",
        Section.SERIES,
        check=if_given(_steps("season")),
        tables=(DATA,),
        typed=int,
        unset="by autocorrelation",
    )
    gaps: Literal["refuse", "split", "ignore"] = option(
        "refuse",
        "At a gap in time: refuse, split the series there, or ignore it.",
        "refuse|split|ignore",
        Section.SERIES,
        check=one_of("gaps", "refuse", "split", "ignore"),
        tables=(DATA,),
    )
    date_format: tuple[str, ...] = option_like(ColumnOptions, "date_format", ())
    missing: tuple[str, ...] = option_like(ColumnOptions, "missing", ())
    decimal: Literal[".", ","] | None = option_like(ColumnOptions, "decimal", None)
    model: str = option(
        "gru",
        "The network: lstm, gru, rnn, linear or transformer for series.",
        "NAME",
        Section.MODEL,
        check=one_of("model", "lstm", "gru", "rnn", "linear", "transformer"),
        unset="by the data",
    )
    hidden: int = option(
        32,
        "Hidden units of a recurrent layer, or width of a transformer.",
        "N",
        Section.MODEL,
        check=_steps("hidden", MOST_HIDDEN),
        typed=int,
        unset="by the data",
    )
    epochs: int | None = option_like(ChosenOptions, "epochs", None)  # type: ignore[assignment]
    patience: int | None = option_like(ChosenOptions, "patience", None)

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """Whether a window over a table is asked for: a text has one, too, but no columns."""
        endings = Path(source).suffixes if source else []
        table = any(ending.lower() in TABLES for ending in endings)
        return "window" in given and ("target" in given or table)

    def choose(self, epochs: int, patience: int | None) -> tuple[Self, dict[str, Any]]:
        """All options, with these where none were given, and those of them, by name."""
        rules = {"epochs": epochs, "patience": patience}
        chosen = {
            name: value
            for name, value in rules.items()
            if value is not None and getattr(self, name) is None
        }
        given: dict[str, Any] = {"patience": None} if self.patience == 0 else {}
        return replace(self, **chosen, **given), chosen

    def as_stored(self) -> Self:
        return self if self.epochs is not None else replace(self, epochs=40)
