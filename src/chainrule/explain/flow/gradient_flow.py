"""The flow of a gradient as data: all that renderers see of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.explain.flow.over_time.parts import TimeFlow
    from chainrule.explain.flow.parts import EntryFlow, LayerGain
    from chainrule.formula.numbers import NumberStyle

__all__ = ["GradientFlow"]


@dataclass(frozen=True)
class GradientFlow:
    """The gradient on its way back: layer by layer, and for single entries neuron by neuron.

    output, value  what is differentiated
    layers         from the output back, with the factors of each; see `LayerGain`
    entries        for each entry asked about, what flows through each neuron; see `EntryFlow`
    recurrences    back in time through each recurrence, if that was asked for; see `TimeFlow`
    """

    output: str
    value: float
    layers: tuple[LayerGain, ...]
    entries: tuple[EntryFlow, ...]
    title: str = ""
    digits: int = 6
    numbers: NumberStyle | None = None
    recurrences: tuple[TimeFlow, ...] = ()

    @property
    def style(self) -> NumberStyle:
        """How its numbers are written."""
        from chainrule.formula.numbers import NumberStyle

        return self.numbers or NumberStyle(self.digits)
