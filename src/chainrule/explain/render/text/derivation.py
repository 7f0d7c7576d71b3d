"""Derivations as plain text: at most 80 columns, no colour needed, the same in a pipe."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    Factor,
    ForwardStep,
    Update,
)
from chainrule.explain.drawing import circuit
from chainrule.explain.numbers import balanced, counted, writer
from chainrule.explain.render.text.circuit import boxes
from chainrule.graph.formula import Number
from chainrule.graph.formula.text import binding

__all__ = ["WIDTH", "text"]

WIDTH = 80

GLUE = "\ue000"
"""Stands for a space where a line must not be broken: a private character, which nobody types."""


def text(derivation: Derivation, digits: int = 6) -> str:
    """The whole derivation, passes headed and steps indented below them."""
    return "\n".join(_Writer(derivation, digits).lines()) + "\n"


def wrapped(line: str, first: int, rest: int) -> list[str]:
    """The line broken before its operators, never inside an entry such as `w[3, 52]`.

    `first` and `rest` are the indents.  Only a name longer than a line is itself broken.
    """
    glued = re.sub(r"(?<= )([-+×·=]) ", rf"\1{GLUE}", line)
    glued = re.sub(r"\[\d[\d, ]*\]", lambda entry: entry[0].replace(" ", GLUE), glued)
    lines = textwrap.wrap(
        glued,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * min(rest, WIDTH // 2),
        break_on_hyphens=False,
    )
    return [line.replace(GLUE, " ") for line in lines]


def equation(indent: int, left: str, parts: Iterable[str]) -> list[str]:
    """`left = part = part …` on one line if it fits, else a part a line, signs below each other."""
    unique: list[str] = []
    for part in parts:
        if part not in (left, *unique[-1:]):
            unique.append(part)
    line = " = ".join([left, *unique])
    if indent + len(line) <= WIDTH or not unique:
        return wrapped(line, indent, indent + 2)
    margin = indent + len(left) + 1
    fits = margin + 2 + max(map(len, unique)) <= WIDTH
    if margin <= WIDTH // 4 or (fits and margin <= WIDTH // 2):
        lines = wrapped(f"{left} = {unique.pop(0)}", indent, margin + 4)
    else:
        lines, margin = wrapped(left, indent, indent + 2), indent + 2
    for part in unique:
        lines += wrapped(f"= {part}", margin, margin + 4)
    return lines


class _Writer:
    """Writes one derivation with one way of writing numbers."""

    def __init__(self, derivation: Derivation, digits: int) -> None:
        self.d, self.digits = derivation, digits
        self.number = writer(digits)

    def lines(self) -> Iterable[str]:
        d = self.d
        if d.title:
            yield from textwrap.wrap(d.title, WIDTH)
            yield ""
        leaves = [step for step in d.forward if step.leaf]
        if leaves:
            yield "GIVEN"
            yield from self.given(leaves)
            yield ""
        yield from self.heading("FORWARD PASS", "each value from the ones before it")
        for step in d.forward:
            if not step.leaf:
                yield from self.forward(step)
        yield ""
        yield from self.heading(
            "BACKWARD PASS",
            "from the output back; gradient = local × upstream, added up where a value is used"
            " more than once",
        )
        for step in d.backward:
            yield from self.backward(step)
        drawn = boxes(circuit(d), WIDTH - 2, min(self.digits, 4))
        if drawn:
            yield ""
            yield from self.heading(
                "GRAPH", f"above a wire its value, below it the gradient of {d.output}"
            )
            yield from (f"  {line}".rstrip() for line in drawn)
        if d.chains and d.ranked:
            yield ""
            yield from self.paths()
        elif d.chains:
            yield ""
            yield from self.heading(
                "CHAIN RULE", "the product of the local gradients along every path"
            )
            for chain in d.chains:
                yield from self.chain(chain)
        if d.updates:
            rate = self.number(d.updates[0].learning_rate)
            yield ""
            yield from self.heading(
                "UPDATE", f"new = old - learning rate · gradient, learning rate {rate}"
            )
            for update in d.updates:
                yield from self.update(update)

    def heading(self, title: str, says: str) -> Iterable[str]:
        yield from textwrap.wrap(
            f"{title}  {says}", WIDTH, subsequent_indent=" " * (len(title) + 2)
        )

    def given(self, leaves: list[ForwardStep]) -> Iterable[str]:
        items = [f"{leaf.name} = {self.number(leaf.value)}" for leaf in leaves]
        width = max(map(len, items), default=0) + 3
        columns = max(1, (WIDTH - 2) // width)
        for start in range(0, len(items), columns):
            row = items[start : start + columns]
            line = "".join(item.ljust(width) for item in row).rstrip()
            yield from wrapped(line, 2, 4) if columns == 1 else ["  " + line]

    def forward(self, step: ForwardStep) -> Iterable[str]:
        yield from equation(
            2,
            step.name,
            [
                step.formula.text(self.number),
                step.substituted.text(self.number),
                self.number(step.value),
            ],
        )
        for rest in step.rests:
            more = f"… stands for {rest.count} more terms, together {self.number(rest.value)}"
            yield from wrapped(more, 4, 6)

    def partial(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def signed(self, value: float) -> str:
        written = self.number(value)
        return f"({written})" if written.startswith("-") else written

    def sum(self, label: str, terms: Iterable[float], total: float) -> list[str]:
        first, *rest = terms
        added = " + ".join([self.number(first), *map(self.signed, rest)])
        return equation(4, f"{label}  {added}", [self.number(total)])

    def backward(self, step: BackwardStep) -> Iterable[str]:
        slope = f"{self.partial(self.d.output, step.name)} = {self.number(step.gradient)}"
        if step.name == self.d.output:
            slope += "  where the backward pass starts"
        yield from wrapped(slope, 2, 4)
        if not step.contributions and step.name != self.d.output:
            yield "    nothing depends on it"
        width = max((len(c.via) for c in step.contributions if len(c.via) <= 20), default=0)
        for contribution in step.contributions:
            yield from self.contribution(step, contribution, width)
        terms = [c.product for c in step.contributions]
        if step.omitted:
            rest = balanced(self.number, terms, step.gradient)
            yield f"    … and {step.omitted} more, together {self.number(rest)}"
            terms.append(rest)
        if len(terms) > 1:
            yield from self.sum("sum".ljust(width + 4), terms, step.gradient)
        for note in step.notes:
            yield from wrapped(f"note: {note}", 4, 6)

    def contribution(self, step: BackwardStep, c: Contribution, width: int) -> Iterable[str]:
        label = f"via {c.via.ljust(width)}"
        upstream = self.signed(c.upstream)
        named = f"{self.partial(c.via, step.name)} × {self.partial(self.d.output, c.via)}"
        parts = [f"{self.signed(c.local.value)} × {upstream}", self.number(c.product)]
        if not isinstance(c.local.formula, Number):
            written = c.local.formula.text(self.number)
            bare = written if binding(c.local.formula) > 2 else f"({written})"
            parts.insert(0, f"{bare} × {upstream}")
        return equation(4, f"{label}  {named}", parts)

    def paths(self) -> Iterable[str]:
        from chainrule.explain.render.text.paths import paths  # which wraps its lines as here

        yield from self.heading(
            "PATHS", "the gradient as a sum over the ways from the output back, each a product"
        )
        for chain in self.d.chains:
            yield from paths(chain, self.d.output, self.number)

    def chain(self, chain: Chain) -> Iterable[str]:
        left = self.partial(self.d.output, chain.wrt)
        if chain.count == 0:
            yield from wrapped(f"{left} = 0, for no path leads to {chain.wrt}", 2, 4)
            return
        if chain.count == 1:
            parts = self.factors(chain.products[0].factors)
            yield from equation(2, left, [*parts, self.number(chain.gradient)])
            return
        rest = chain.count - len(chain.products)
        which = f", the {len(chain.products)} largest of them" if rest else ""
        yield from wrapped(f"{left} is a sum over {counted(chain.count)} paths{which}:", 2, 4)
        for product in chain.products:
            named, *numbers = self.factors(product.factors)
            yield from equation(4, named, [*numbers, self.number(product.value)])
        terms = [product.value for product in chain.products]
        if rest:
            others = balanced(self.number, terms, chain.gradient)
            yield f"    the other {counted(rest)} paths together: {self.number(others)}"
            terms.append(others)
        yield from self.sum("sum", terms, chain.gradient)

    def factors(self, factors: Sequence[Factor]) -> list[str]:
        """The product in names and, of more than one factor, in numbers."""
        named = " · ".join(self.partial(f.of, f.by) for f in factors) or "1"
        numbers = " · ".join(self.signed(f.value) for f in factors)
        return [named, numbers] if len(factors) > 1 else [named]

    def update(self, u: Update) -> Iterable[str]:
        moves = "stays" if u.gradient == 0 else "falls" if u.gradient > 0 else "rises"
        slope = "zero" if u.gradient == 0 else "positive" if u.gradient > 0 else "negative"
        step = f"{self.number(u.old)} - {self.number(u.learning_rate)} · {self.signed(u.gradient)}"
        *lines, last = equation(2, f"{u.name}⁺", [step, self.number(u.new)])
        yield from lines
        remark = f"slope {slope}: {u.name} {moves}"
        if len(last) + 3 + len(remark) <= WIDTH:
            yield f"{last}   {remark}"
        else:
            yield last
            yield from wrapped(remark, 6, 8)
