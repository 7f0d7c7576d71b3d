"""Examples: a name, inputs that can be set, and how to work them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import Explanation, explain, read
from chainrule.gallery.blocks import Block, Paragraph
from chainrule.gallery.report import Report
from chainrule.ops import Tensor

__all__ = ["Ask", "Example", "slopes", "told"]


@final
@dataclass(frozen=True)
class Ask:
    """What was asked of an example: its inputs, and the options of `cr.explain`."""

    expression: str
    inputs: Mapping[str, float]
    wrt: str | Sequence[str] | None
    learning_rate: float | None
    steps: str
    digits: int
    paths: int | None = None
    engine: str = "compiled"

    def explain(
        self,
        output: Tensor | None = None,
        *,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        parameters: Sequence[str] | None = None,
    ) -> Explanation:
        """Explain `output`, or the expression; what was asked goes before what is given here."""
        return explain(
            self.record() if output is None else output,
            wrt=wrt if self.wrt is None else self.wrt,
            learning_rate=learning_rate if self.learning_rate is None else self.learning_rate,
            parameters=parameters if self.wrt is None else None,
            steps=self.steps,
            digits=self.digits,
            paths=self.paths,
        )

    def record(
        self, expression: str | None = None, values: Mapping[str, float] | None = None
    ) -> Tensor:
        """The example's expression on its inputs, recorded; or another one, or on other values."""
        return read(
            expression or self.expression,
            self.inputs if values is None else values,
            intermediates=self.steps == "gates",
        )

    def whole(self, name: str, low: int, high: int) -> int:
        """An input that counts something; OptionError unless it is whole and within bounds."""
        value = self.inputs[name]
        if value != int(value) or not low <= value <= high:
            raise OptionError(
                name, expected=f"a whole number from {low} to {high}", got=f"{value:g}"
            )
        return int(value)


Story = Callable[[Ask], tuple[Explanation, Sequence[Block]]]
"""Works an example: the main derivation, and all that is told, with or without it."""


@final
@dataclass(frozen=True)
class Example:
    """One worked example.

    name        how it is asked for
    summary     one line
    inputs      its numbers, by name, each of which may be set
    story       what is worked out of them and told
    expression  the text of the computation, where it is one
    steps       "gates", every operation a step, or "names", every name; unless asked otherwise
    digits      places after the point, unless asked otherwise
    trains      whether the engine runs steps of a training for it: see `descent.prepare`
    """

    name: str
    summary: str
    inputs: Mapping[str, float]
    story: Story
    expression: str = ""
    steps: str = "names"
    digits: int = 6
    trains: bool = False

    def work(
        self,
        inputs: Mapping[str, float] | None = None,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        steps: str | None = None,
        digits: int | None = None,
        paths: int | None = None,
        engine: str = "compiled",
    ) -> Report:
        """Work the example; `inputs` replace the ones it comes with.

        `wrt`, `steps`, `digits` and `paths` are those of `cr.explain`; the learning rate is that of
        its update step and, where the example trains something step by step, of that.  `engine` is
        what runs such steps: "compiled" or "reference".

        Raises UnknownNameError for an input it has not, OptionError for one that is not finite.

        >>> from chainrule import gallery
        >>> gallery.get("max-gate").work({"w": 5}).main.derivation.gradients["w"]
        2.0
        """
        given = {name: _finite(name, value) for name, value in (inputs or {}).items()}
        for name in given:
            if name not in self.inputs:
                raise UnknownNameError(f"input of {self.name}", name, self.inputs)
        ask = Ask(
            expression=self.expression,
            inputs={**self.inputs, **given},
            wrt=wrt,
            learning_rate=learning_rate,
            steps=self.steps if steps is None else steps,
            digits=self.digits if digits is None else digits,
            paths=paths,
            engine=engine,
        )
        main, blocks = self.story(ask)
        return Report(self.name, self.summary, tuple(blocks), main, ask.digits)


def told(*before: str, after: Sequence[str] = ()) -> Story:
    """The story of an expression: some paragraphs, its derivation, some more."""

    def story(ask: Ask) -> tuple[Explanation, Sequence[Block]]:
        main = ask.explain()
        return main, [*map(Paragraph, before), main, *map(Paragraph, after)]

    return story


def slopes(explanation: Explanation) -> dict[str, float]:
    """∂output/∂name for every name that is told of."""
    return {step.name: step.gradient for step in explanation.derivation.backward}


def _finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise OptionError(name, expected="a finite number", got=f"{value}")
    return float(value)
