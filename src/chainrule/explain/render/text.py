"""Derivations as plain text: at most 80 columns, no colour needed, the same in a pipe."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    ForwardStep,
    Update,
)
from chainrule.explain.numbers import writer
from chainrule.graph.formula import Number

__all__ = ["WIDTH", "text"]

WIDTH = 80


def text(derivation: Derivation, digits: int = 6) -> str:
    """The whole derivation, passes headed and steps indented below them."""
    return "\n".join(_Writer(derivation, digits).lines()) + "\n"


def equation(indent: int, left: str, parts: Iterable[str]) -> list[str]:
    """`left = part = part …` on one line if it fits, else a part a line with the signs below each other."""
    unique: list[str] = []
    for part in parts:
        if not unique or part != unique[-1]:
            unique.append(part)
    margin = " " * indent
    line = margin + " = ".join([left, *unique])
    if len(line) <= WIDTH:
        return [line]
    head = f"{margin}{left} = " if len(left) <= WIDTH // 2 else f"{margin}  = "
    lines = [] if head.strip() != "=" else [margin + left]
    rest = " " * (len(head) - 2) + "= "
    for i, part in enumerate(unique):
        first = rest if i else head
        lines += textwrap.wrap(
            part,
            WIDTH,
            initial_indent=first,
            subsequent_indent=" " * (len(first) + 2),
            break_long_words=False,
            break_on_hyphens=False,
        )
    return lines


class _Writer:
    """Writes one derivation with one way of writing numbers."""

    def __init__(self, derivation: Derivation, digits: int) -> None:
        self.d = derivation
        self.number = writer(digits)

    def lines(self) -> Iterable[str]:
        d = self.d
        if d.title:
            yield from textwrap.wrap(d.title, WIDTH)
            yield ""
        yield "GIVEN"
        yield from self.given([step for step in d.forward if step.leaf])
        yield from self.heading("FORWARD PASS", "each value from the ones before it")
        for step in d.forward:
            if not step.leaf:
                yield from self.forward(step)
        yield from self.heading(
            "BACKWARD PASS",
            "from the output back; gradient = local × upstream, added up where a value is used"
            " more than once",
        )
        for step in d.backward:
            yield from self.backward(step)
        if d.chains:
            yield from self.heading(
                "CHAIN RULE", "the product of the local gradients along every path"
            )
            for chain in d.chains:
                yield from self.chain(chain)
        if d.updates:
            rate = self.number(d.updates[0].learning_rate)
            yield from self.heading(
                "UPDATE", f"new = old - learning rate · gradient, learning rate {rate}"
            )
            for update in d.updates:
                yield from self.update(update)

    def heading(self, title: str, says: str) -> Iterable[str]:
        yield ""
        yield from textwrap.wrap(
            f"{title}  {says}", WIDTH, subsequent_indent=" " * (len(title) + 2)
        )

    def given(self, leaves: list[ForwardStep]) -> Iterable[str]:
        items = [f"{leaf.name} = {self.number(leaf.value)}" for leaf in leaves]
        width = max(map(len, items), default=0) + 3
        columns = max(1, (WIDTH - 2) // width)
        for start in range(0, len(items), columns):
            row = items[start : start + columns]
            yield ("  " + "".join(item.ljust(width) for item in row)).rstrip()

    def forward(self, step: ForwardStep) -> Iterable[str]:
        return equation(
            2,
            step.name,
            [
                step.formula.text(self.number),
                step.substituted.text(self.number),
                self.number(step.value),
            ],
        )

    def partial(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def signed(self, value: float) -> str:
        written = self.number(value)
        return f"({written})" if written.startswith("-") else written

    def backward(self, step: BackwardStep) -> Iterable[str]:
        slope = f"{self.partial(self.d.output, step.name)} = {self.number(step.gradient)}"
        if step.name == self.d.output:
            yield f"  {slope}  where the backward pass starts"
            return
        yield f"  {slope}"
        if not step.contributions:
            yield "    nothing depends on it"
        width = max((len(c.via) for c in step.contributions), default=0)
        for contribution in step.contributions:
            yield from self.contribution(step, contribution, width)
        if len(step.contributions) + step.omitted > 1:
            terms = [self.signed(c.product) for c in step.contributions]
            label = "sum".ljust(width + 4)
            if step.omitted:
                yield (f"    … and {step.omitted} more, together {self.number(step.rest)}")
                terms.append(self.signed(step.rest))
            yield from equation(4, f"{label}  {' + '.join(terms)}", [self.number(step.gradient)])
        for note in step.notes:
            yield from textwrap.wrap(
                f"note: {note}", WIDTH, initial_indent="    ", subsequent_indent="      "
            )

    def contribution(self, step: BackwardStep, c: Contribution, width: int) -> Iterable[str]:
        label = f"via {c.via.ljust(width)}"
        upstream = self.signed(c.upstream)
        named = f"{self.partial(c.via, step.name)} × {self.partial(self.d.output, c.via)}"
        parts = [f"{self.signed(c.local.value)} × {upstream}", self.number(c.product)]
        if not isinstance(c.local.formula, Number):
            written = c.local.formula.text(self.number)
            bare = written if " " not in written else f"({written})"
            parts.insert(0, f"{bare} × {upstream}")
        return equation(4, f"{label}  {named}", parts)

    def chain(self, chain: Chain) -> Iterable[str]:
        left = self.partial(self.d.output, chain.wrt)
        if chain.count == 0:
            yield f"  {left} = 0, for no path leads to {chain.wrt}"
            return
        if chain.count == 1:
            (product,) = chain.products
            named = " · ".join(self.partial(f.of, f.by) for f in product.factors) or "1"
            numbers = " · ".join(self.signed(f.value) for f in product.factors) or "1"
            yield from equation(2, left, [named, numbers, self.number(chain.gradient)])
            return
        shown = len(chain.products)
        which = "" if shown == chain.count else f", the {shown} largest of them"
        yield f"  {left} is a sum over {chain.count} paths{which}:"
        for product in chain.products:
            named = " · ".join(self.partial(f.of, f.by) for f in product.factors)
            numbers = " · ".join(self.signed(f.value) for f in product.factors)
            yield from equation(4, named, [numbers, self.number(product.value)])
        terms = [self.signed(product.value) for product in chain.products]
        if shown < chain.count:
            yield f"    the other {chain.count - shown} paths together: {self.number(chain.rest)}"
            terms.append(self.signed(chain.rest))
        yield from equation(4, left, [" + ".join(terms), self.number(chain.gradient)])

    def update(self, u: Update) -> Iterable[str]:
        moves = "stays" if u.gradient == 0 else "falls" if u.gradient > 0 else "rises"
        slope = "zero" if u.gradient == 0 else "positive" if u.gradient > 0 else "negative"
        step = f"{self.number(u.old)} - {self.number(u.learning_rate)} · {self.signed(u.gradient)}"
        lines = equation(2, f"{u.name}⁺", [step, self.number(u.new)])
        return [*lines[:-1], f"{lines[-1]}   slope {slope}: {u.name} {moves}"]
