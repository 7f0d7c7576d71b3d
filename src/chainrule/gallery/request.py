"""What a caller asks of an example: its inputs, and the options of `cr.explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from chainrule.errors import OptionError
from chainrule.explain import Explanation, explain, read
from chainrule.formula.numbers import NumberStyle, NumberWriter
from chainrule.ops import Tensor

__all__ = ["Request"]


@final
@dataclass(frozen=True)
class Request:
    """The inputs and options with which an example is worked."""

    expression: str
    inputs: Mapping[str, float]
    wrt: str | Sequence[str] | None
    learning_rate: float | None
    steps: str
    digits: int
    paths: int | None = None
    engine: str = "compiled"
    learn: Sequence[str] | None = None
    stay: Sequence[str] = ()
    repeat: int = 1
    trim: bool = False
    significant: int | None = None
    rounding: str = "half-even"
    round_intermediate: int | None = None
    decimal_comma: bool = False

    @property
    def write(self) -> NumberWriter:
        """Writes the numbers of sentences, as those of the derivation are written."""
        style = NumberStyle(self.digits, self.significant, self.rounding, self.decimal_comma)
        return NumberWriter(style)

    @property
    def constant(self) -> NumberWriter:
        """Writes constants of the text, such as ¼, which are what they are in any style."""
        return NumberWriter(NumberStyle(decimal_comma=self.decimal_comma))

    def brief(self, value: float, figures: int = 6) -> str:
        """A number for a sentence, to `figures` significant digits."""
        return self.write.text(self.write.brief(value, figures))

    def by_hand(self, value: float) -> float:
        """A number computed from those of the derivation, rounded as those are."""
        if self.round_intermediate is None:
            return value
        style = self.write.style.to(self.round_intermediate, "round-intermediate")
        return style.rounded(value)

    def explain(
        self,
        output: Tensor | None = None,
        *,
        wrt: str | Sequence[str] | None = None,
        learning_rate: float | None = None,
        parameters: Sequence[str] | None = None,
    ) -> Explanation:
        """Explain `output`, or the expression; arguments apply where the request sets nothing."""
        return explain(
            self.record() if output is None else output,
            wrt=wrt if self.wrt is None else self.wrt,
            learning_rate=learning_rate if self.learning_rate is None else self.learning_rate,
            parameters=self.learn or (parameters if self.wrt is None else None),
            inputs=self.stay,
            repeat=self.repeat if learning_rate or self.learning_rate else 1,
            trim=self.trim,
            steps=self.steps,
            digits=self.digits,
            paths=self.paths,
            significant=self.significant,
            rounding=self.rounding,
            round_intermediate=self.round_intermediate,
            decimal_comma=self.decimal_comma,
        )

    def record(
        self, expression: str | None = None, values: Mapping[str, float] | None = None
    ) -> Tensor:
        """Record the example's expression on its inputs, or another expression or other values."""
        return read(
            expression or self.expression,
            self.inputs if values is None else values,
            intermediates=self.steps == "gates",
        )

    def integer(self, name: str, low: int, high: int) -> int:
        """An input that counts something; OptionError unless it is whole and within bounds."""
        value = self.inputs[name]
        if value != int(value) or not low <= value <= high:
            raise OptionError(
                name, expected=f"a whole number from {low} to {high}", got=f"{value:g}"
            )
        return int(value)
