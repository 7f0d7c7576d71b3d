"""Schedules: how the learning rate changes during training, one rule per file.

`get` finds them by the text of an option.

>>> get("step(10, 0.5)")
StepDecay(every=10, gamma=0.5)
>>> str(get("cosine"))
'cosine(floor=0.0)'
"""

from __future__ import annotations

from chainrule.nn.option_strings import field_names, from_option
from chainrule.train.schedules.constant import Constant
from chainrule.train.schedules.cosine import Cosine
from chainrule.train.schedules.learning_rate import LearningRate
from chainrule.train.schedules.plateau import Plateau
from chainrule.train.schedules.schedule import Schedule, Span, State
from chainrule.train.schedules.step_decay import StepDecay
from chainrule.train.schedules.warm_up import WarmUp

__all__ = [
    "SCHEDULES",
    "Constant",
    "Cosine",
    "LearningRate",
    "Plateau",
    "Schedule",
    "Span",
    "State",
    "StepDecay",
    "WarmUp",
    "get",
]

SCHEDULES: dict[str, type[Schedule]] = {
    schedule.name: schedule for schedule in (Constant, StepDecay, Cosine, Plateau)
}
"""Every schedule by its name."""


def get(option: str | Schedule) -> Schedule:
    """The schedule that an option describes; a Schedule is returned unchanged.

    Raises UnknownNameError for a name that no schedule has, and OptionError for numbers that the
    schedule does not take.

    >>> get("plateau(patience=3)")
    Plateau(patience=3, factor=0.1, threshold=0.0001)
    """
    if isinstance(option, Schedule):
        return option
    numbers = {name: field_names(schedule) for name, schedule in SCHEDULES.items()}
    return from_option("schedule", option, SCHEDULES, numbers)
