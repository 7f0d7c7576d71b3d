"""How the libraries are measured, and which settings cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import final

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.measurements.step_time import CHECKED_STEPS
from chainrule.errors import OptionError, UnknownNameError

__all__ = ["Plan", "check"]

ROUNDS = 6
"""The number of rounds, each with new processes; fewer if there are fewer turns."""


@final
@dataclass(frozen=True)
class Plan:
    """How to measure.

    environ      environment variables of this process, from which those of the workers derive
    turns        slices of every contestant, over all rounds
    seconds      length of a slice
    quick        one round and one setting of each contestant, and none that takes long to compile
    checked      training steps whose losses must be those of the reference
    on_progress  called with a line for each stage
    """

    environ: Mapping[str, str]
    contestants: tuple[str, ...] = tuple(CONTESTANTS)
    turns: int = 36
    seconds: float = 0.05
    quick: bool = False
    checked: int = CHECKED_STEPS
    on_progress: Callable[[str], None] = field(default=lambda line: None)

    @property
    def rounds(self) -> int:
        """The number of rounds."""
        return 1 if self.quick else min(ROUNDS, self.turns)


def check(threads: Sequence[int], plan: Plan) -> None:
    """Raise OptionError or UnknownNameError for settings that cannot be measured."""
    for count in threads:
        if count < 1:
            raise OptionError("threads", expected="1 or more", got=str(count))
    if plan.turns < 1:
        raise OptionError("repetitions", expected="1 or more", got=str(plan.turns))
    for name in plan.contestants:
        if name not in CONTESTANTS:
            raise UnknownNameError("contestant", name, CONTESTANTS)
