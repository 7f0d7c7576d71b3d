"""The options of `fit` about the rows that are held out, besides how many they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.errors import OptionError
from chainrule.train.options.held_out.held_out_options import check_folds, check_one_division

__all__ = ["HeldOutRows"]


@dataclass(frozen=True, kw_only=True)
class HeldOutRows:
    """Which rows `fit` holds out; see there for what the options mean."""

    test: Any = None
    folds: int | None = None
    group: Any = None
    time: Any = None
    time_input: bool = False

    def check_held_out(self, test_fraction: float, validation_fraction: float) -> None:
        """Raise OptionError for options that exclude each other, or divide nothing."""
        check_one_division(
            test=self.test is not None,
            folds=self.folds is not None,
            group=self.group is not None,
            time=self.time is not None,
            fraction=test_fraction > 0,
        )
        if self.time_input and not isinstance(self.time, str):
            raise OptionError(
                "time input",
                expected="the name of a data frame's column as time, which is then an input too",
                got="times in an array" if self.time is not None else "no time",
                remedy="leave it out: what is in the inputs is an input",
            )
        if self.folds is not None:
            check_folds(self.folds)
        for name in ("group", "time"):
            divided = self.folds or test_fraction or validation_fraction
            if getattr(self, name) is not None and not divided:
                raise OptionError(
                    name,
                    expected="rows to hold out, which it would divide from the others",
                    got="none",
                    remedy="add test_fraction=0.2, validation_fraction=0.1 or folds=5",
                )
