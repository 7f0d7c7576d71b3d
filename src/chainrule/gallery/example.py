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

__all__ = ["Ask", "Example", "told"]


@final
@dataclass(frozen=True)
class Ask:
    """What was asked of an example: its inputs, and the options that are not None."""

    expression: str
    inputs: Mapping[str, float]
    wrt: str | Sequence[str] | None
    learning_rate: float | None
    steps: str | None
    digits: int

    def explain(
        self,
        output: Tensor | None = None,
        *,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        parameters: Sequence[str] | None = None,
        steps: str | None = None,
    ) -> Explanation:
        """Explain `output`, or the example's expression; what was asked goes before what is given."""
        return explain(
            self.record() if output is None else output,
            wrt=wrt if self.wrt is None else self.wrt,
            learning_rate=learning_rate if self.learning_rate is None else self.learning_rate,
            parameters=parameters if self.wrt is None else None,
            steps=steps if self.steps is None else self.steps,
            digits=self.digits,
        )

    def record(
        self, expression: str | None = None, values: Mapping[str, float] | None = None
    ) -> Tensor:
        """The example's expression on its inputs, recorded; or another one, or on other values."""
        return read(expression or self.expression, self.inputs if values is None else values)

    def whole(self, name: str, at_least: int = 0) -> int:
        """An input that counts something; OptionError unless it is a whole number."""
        value = self.inputs[name]
        if value != int(value) or value < at_least:
            raise OptionError(
                name, expected=f"a whole number, {at_least} or more", got=f"{value:g}"
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
    digits      places after the point, unless asked otherwise
    """

    name: str
    summary: str
    inputs: Mapping[str, float]
    story: Story
    expression: str = ""
    digits: int = 6

    def work(
        self,
        inputs: Mapping[str, float] | None = None,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        steps: str | None = None,
        digits: int | None = None,
    ) -> Report:
        """Work the example; `inputs` replace the ones it comes with.

        `wrt`, `steps` and `digits` are those of `cr.explain`; the learning rate is that of its update
        step and, where the example trains something by plain gradient descent, of that.

        Raises UnknownNameError for an input it has not, OptionError for one that is not finite.

        >>> from chainrule import gallery
        >>> gallery.get("max-gate").work({"w": 5}).main.derivation.gradients["w"]
        2.0
        """
        given = {name: _finite(name, value) for name, value in (inputs or {}).items()}
        for name in given:
            if name not in self.inputs:
                raise UnknownNameError(f"input of {self.name}", name, self.inputs)
        digits = self.digits if digits is None else digits
        ask = Ask(
            self.expression, {**self.inputs, **given}, wrt, learning_rate, steps, digits
        )
        main, blocks = self.story(ask)
        return Report(self.name, self.summary, tuple(blocks), main, digits)


def told(*before: str, after: Sequence[str] = (), **options: object) -> Story:
    """The story of an expression: some paragraphs, its derivation, some more.

    `options` are those of `Ask.explain`.
    """

    def story(ask: Ask) -> tuple[Explanation, Sequence[Block]]:
        main = ask.explain(**options)  # type: ignore[arg-type]
        return main, [*map(Paragraph, before), main, *map(Paragraph, after)]

    return story


def _finite(name: str, value: float) -> float:
    if not math.isfinite(value):
        raise OptionError(name, expected="a finite number", got=f"{value}")
    return float(value)
