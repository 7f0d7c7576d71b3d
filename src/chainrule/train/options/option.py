"""What is known about one option of a run besides its name, type and default."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, final

__all__ = [
    "DATA",
    "OPTIMIZER",
    "TRAINING",
    "Option",
    "Section",
    "option",
    "option_like",
    "options_of",
]

DATA, TRAINING, OPTIMIZER = "data", "training", "training.optimizer"
"""The tables of a run's config.toml; the last has the optimizer's name and hyperparameters."""


class Section(IntEnum):
    """What an option is about; `--help` lists the options section by section."""

    SOURCE = 0
    TABLE = 1
    HELD_OUT = 2
    MODEL = 3
    TEXT = 4
    SERIES = 5
    PAIRS = 6
    IMAGES = 7
    LENGTH = 8
    UPDATE = 9
    COURSE = 10
    CLIPPING = 11
    ENGINE = 12
    PRECISION = 13
    SEED = 14


@final
@dataclass(frozen=True)
class Option:
    """How an option is shown, written, checked and stored.

    help      what `--help` says about it
    metavar   what stands for the value there; None for a flag
    section   what it is about
    check     returns the value in its normal form, and raises OptionError or UnknownNameError for
              one that is not allowed; it is called with every value, None included
    tables    the tables of config.toml that hold it
    store     from the value to an entry of TOML; None leaves it out
    load      the inverse of `store`
    typed     the type that the command line converts to, where there is no `parse`
    parse     from text to the value
    write     the inverse of `parse`, for the default
    unset     what `--help` calls the default of an option that is only passed on if it is given;
              "{}" stands for the value
    short     other names on the command line
    argument  whether it is given by place instead of name on the command line
    in_fit    the default in Python's `fit`; None where it is the same
    stored    whether only a run folder has it, and no command
    """

    help: str
    metavar: str | None
    section: Section
    check: Callable[[Any], Any] = lambda value: value
    tables: tuple[str, ...] = (TRAINING,)
    store: Callable[[Any], Any] = lambda value: value
    load: Callable[[Any], Any] = lambda value: value
    typed: Any = str
    parse: Callable[[str], Any] | None = None
    write: Callable[[Any], str] = str
    unset: str = ""
    short: tuple[str, ...] = ()
    argument: bool = False
    in_fit: Any = None
    stored: bool = False


def option(default: Any, help: str, metavar: str | None, section: Section, **facts: Any) -> Any:
    """A field of a dataclass of options; `facts` are the other attributes of `Option`."""
    known = Option(help, metavar, section, **facts)
    metadata, by_name = {"option": known}, not known.argument
    return dataclasses.field(default=default, metadata=metadata, kw_only=by_name)


def option_like(kind: type, name: str, default: Any, **facts: Any) -> Any:
    """The option of this name of another class, with another default and what `facts` change."""
    _, known = options_of(kind)[name]
    metadata = {"option": dataclasses.replace(known, **facts)}
    return dataclasses.field(default=default, metadata=metadata, kw_only=not known.argument)


def options_of(kind: type) -> Mapping[str, tuple[Any, Option]]:
    """The default of every option of a dataclass, and what else is known about it, by name.

    >>> from chainrule.train.options import RunOptions
    >>> default, known = options_of(RunOptions)["accumulate"]
    >>> default, known.help
    (1, 'Batches whose gradients make one update.')
    """
    found = {field.name: field for field in dataclasses.fields(kind) if "option" in field.metadata}
    return {name: (field.default, field.metadata["option"]) for name, field in found.items()}
