"""The options of domains of which some are chosen once the data are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from chainrule.domains.domain_options import DomainOptions
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.option import option_like

if TYPE_CHECKING:
    from chainrule.train.optimizers import Optimizer

__all__ = ["ChosenDomainOptions"]


@dataclass(frozen=True, kw_only=True)
class ChosenDomainOptions(DomainOptions):
    """Options of which those that are None are chosen by rules of the domain.

    `former` is what they are in a run whose config.toml was cut.
    """

    chosen_optimizer = "adamw"
    former: ClassVar[Mapping[str, Any]]

    epochs: int | None = option_like(ChosenOptions, "epochs", None)  # type: ignore[assignment]
    optimizer: str | Optimizer | None = option_like(  # type: ignore[assignment]
        ChosenOptions, "optimizer", None
    )

    def chosen(self, rules: Mapping[str, Any]) -> tuple[Self, dict[str, Any]]:
        """All options, by `rules` where they were not given, and those of them, by name."""
        open_ones = dict(rules)
        if self.optimizer is not None:  # which then has its own
            for name in ("optimizer", "learning_rate"):
                open_ones.pop(name, None)
        found = {
            name: value
            for name, value in open_ones.items()
            if value is not None and getattr(self, name) is None
        }
        return replace(self, **found), found

    def as_stored(self) -> Self:
        absent = {name: value for name, value in self.former.items() if getattr(self, name) is None}
        return replace(self, **absent) if absent else self
