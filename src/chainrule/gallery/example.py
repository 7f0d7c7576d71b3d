"""Examples: their names, the inputs that can be set, and how they are worked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain import Explanation
from chainrule.gallery.blocks import Block, Paragraph, trimmed
from chainrule.gallery.report import Report
from chainrule.gallery.request import Request
from chainrule.ops import Tensor

__all__ = ["Example", "Solution", "derivation_with_text", "gradients_by_name"]


Solution = tuple[Explanation, Sequence[Block]]
"""The main derivation, and the blocks of the report, usually with the derivation among them."""


@final
@dataclass(frozen=True)
class Example:
    """One worked example.

    name        the name by which `gallery.get` finds it
    summary     one line
    inputs      its numbers by name; callers may replace each of them
    story       computes the derivation and the blocks of the report for a request
    expression  the text of the computation, if it is a single expression
    steps       "gates" makes every operation a step, "names" every named result; a default
    digits      digits after the point; a default
    trains      whether the engine trains something for it: see `gradient_descent.evaluator`
    over_time   records its output with the steps of time as a recurrence, if there are any
    """

    name: str
    summary: str
    inputs: Mapping[str, float]
    story: Callable[[Request], Solution]
    expression: str = ""
    steps: str = "names"
    digits: int = 6
    trains: bool = False
    over_time: Callable[[Mapping[str, float]], Tensor] | None = None

    def work(
        self,
        inputs: Mapping[str, float] | None = None,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        steps: str | None = None,
        digits: int | None = None,
        paths: int | None = None,
        engine: str = "compiled",
        significant: int | None = None,
        rounding: str = "half-even",
        round_intermediate: int | None = None,
        decimal_comma: bool = False,
        learn: Sequence[str] | None = None,
        inputs_stay: Sequence[str] = (),
        repeat: int = 1,
        title: str | None = None,
    ) -> Report:
        """Work the example; `inputs` replace the example's own.

        `wrt`, `steps`, `digits`, `paths` and the options of numbers are those of `cr.explain`, but
        `round_intermediate` concerns the main derivation only.  The learning rate is that
        of the update and, if the example trains something step by step, of the training.  `engine`
        runs such a training: "compiled" or "reference".  With `wrt`, the report shows only what
        leads to it, and only sentences about it.  The update changes what is learnt, or `learn`,
        and not `inputs_stay`; it is made `repeat` times.  `title` replaces the heading.

        Raises UnknownNameError for an input that the example does not have, OptionError for one
        that is not finite.

        >>> from chainrule import gallery
        >>> gallery.get("max-gate").work({"w": 5}).main.derivation.gradients["w"]
        2.0
        """
        request = Request(
            expression=self.expression,
            inputs=self._replaced(inputs),
            wrt=wrt,
            learning_rate=learning_rate,
            steps=self.steps if steps is None else steps,
            digits=self.digits if digits is None else digits,
            paths=paths,
            engine=engine,
            learn=learn,
            stay=inputs_stay,
            repeat=repeat,
            significant=significant,
            rounding=rounding,
            round_intermediate=round_intermediate,
            decimal_comma=decimal_comma,
        )
        main, blocks = self.story(request)
        if wrt is not None:
            names = [wrt] if isinstance(wrt, str) else wrt
            updates = main.derivation.updates
            rate = updates[0].learning_rate if updates else None
            short = replace(request, trim=True).explain(main.record, learning_rate=rate)
            about = (short if block is main else trimmed(block, names) for block in blocks)
            main, blocks = short, [block for block in about if block is not None]
        return Report(self.name, self.summary, tuple(blocks), main, request.digits, title)

    def recurrence(self, inputs: Mapping[str, float] | None = None) -> Tensor:
        """Record the output with its steps of time as a recurrence, for a flow over time.

        Raises OptionError for an example without steps of time, and for inputs as `work` does.

        >>> from chainrule import gallery
        >>> gallery.get("vanishing-in-time").recurrence({"u": 0.25})
        Tensor(0.5092691568004696)
        """
        if self.over_time is None:
            raise OptionError(
                "flow over time",
                expected="an example with steps of time",
                got=self.name,
                remedy="take one such as vanishing-in-time",
            )
        return self.over_time({k: float(v) for k, v in self._replaced(inputs).items()})

    def _replaced(self, inputs: Mapping[str, float] | None) -> dict[str, float]:
        """The example's inputs, with those that were given."""
        replaced = {name: _finite(name, value) for name, value in (inputs or {}).items()}
        for name in replaced:
            if name not in self.inputs:
                raise UnknownNameError(f"input of {self.name}", name, self.inputs)
        return {**self.inputs, **replaced}


def derivation_with_text(
    *before: str, after: Sequence[Paragraph] = ()
) -> Callable[[Request], Solution]:
    """A `story` for an expression: paragraphs, its derivation, more paragraphs."""

    def story(request: Request) -> Solution:
        main = request.explain()
        return main, [*map(Paragraph, before), main, *after]

    return story


def gradients_by_name(explanation: Explanation) -> dict[str, float]:
    """∂output/∂name for every name in the derivation."""
    return {step.name: step.gradient for step in explanation.derivation.backward}


def _finite(name: str, value: object) -> float:
    number = value if isinstance(value, (int, float)) else math.nan
    if not math.isfinite(number):
        raise OptionError(name, expected="a finite number", got=f"{value}"[:60])
    return float(number)
