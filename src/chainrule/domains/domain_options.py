"""The options that all domains besides tables share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from chainrule.train.options.stored_options import StoredOptions
from chainrule.train.options.table_options import SourceOptions

__all__ = ["DomainOptions"]


@dataclass(frozen=True, kw_only=True)
class DomainOptions(SourceOptions, StoredOptions):
    """The options of a run that learns from something else than a table.

    `selected_by` are the options by which a user says that this domain is meant.
    """

    selected_by: ClassVar[Collection[str]] = ()

    @classmethod
    def recognises(cls, source: str, given: Mapping[str, Any]) -> bool:
        """Whether a run of this domain is meant, by its source and the options that were given."""
        return not given.keys().isdisjoint(cls.selected_by) or cls.reads(source, given)

    @classmethod
    @abstractmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """Whether the source itself is data of this domain, where no option says so."""
