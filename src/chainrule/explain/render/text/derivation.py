"""Derivations as plain text: at most 80 columns, no colour, the same on a terminal or in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    Factor,
    ForwardStep,
    Rounding,
    Update,
)
from chainrule.explain.drawing import circuit
from chainrule.explain.render.descent import (
    DescentTable,
    descent_columns,
    descent_table,
    outcome,
    staying,
)
from chainrule.explain.render.rounding_table import HEADERS, deviations, sentence
from chainrule.explain.render.text.circuit import circuit_lines
from chainrule.explain.render.text.lines import (
    WIDTH,
    equation,
    heading,
    title_lines,
    wrapped,
)
from chainrule.explain.render.text.paths import largest_paths
from chainrule.explain.render.wording import UNITS, move, number_of_paths, of_how_many, other_paths
from chainrule.formula import Number
from chainrule.formula.numbers import NumberStyle
from chainrule.formula.text import binding

__all__ = ["text"]


def text(derivation: Derivation, style: NumberStyle) -> str:
    """Write the whole derivation: a heading for each pass, and its steps indented below."""
    return "\n".join(_Writer(derivation, style).lines()) + "\n"


class _Writer:
    """Writes one derivation, every number in the same style."""

    def __init__(self, derivation: Derivation, style: NumberStyle) -> None:
        self.derivation = derivation
        self.number = derivation.writer(style)

    def lines(self) -> Iterable[str]:
        d = self.derivation
        if d.title:
            yield from title_lines(d.title)
            yield ""
        leaves = [*(step for step in d.forward if step.leaf), *d.operands]
        if leaves:
            yield "GIVEN"
            yield from self.given(leaves)
            yield ""
        listed = of_how_many(d)
        yield from heading(
            "FORWARD PASS", "each value from the ones before it" + (listed and f"; {listed}")
        )
        for step in d.forward:
            if not step.leaf:
                yield from self.forward(step)
        yield ""
        yield from heading(
            "BACKWARD PASS",
            "from the output back; gradient = local × upstream, added up where a value is used"
            " more than once" + (listed and f"; {listed}: --full, or full=True, shows all"),
        )
        for step in d.backward:
            yield from self.backward(step)
        drawn = circuit_lines(circuit(d, self.number), WIDTH - 2, self.number)
        if not drawn:
            yield ""
            yield from heading("GRAPH", "too wide for 80 columns: -o graph.svg draws it")
        else:
            yield ""
            yield from heading(
                "GRAPH", f"above a wire its value, below it the gradient of {d.output}"
            )
            yield from (f"  {line}".rstrip() for line in drawn)
        if d.chains and d.ranked:
            yield ""
            yield from self.paths()
        elif d.chains:
            yield ""
            yield from heading("CHAIN RULE", "the product of the local gradients along every path")
            for chain in d.chains:
                yield from self.chain(chain)
        if d.updates:
            rate = self.number(d.updates[0].learning_rate)
            yield ""
            yield from heading(
                "UPDATE", f"new = old - learning rate · gradient, learning rate {rate}"
            )
            for update in d.updates:
                yield from self.update(update)
            for said in (staying(d.stays), outcome(d, self.number)):
                yield from wrapped(said, 2, 4) if said else ()
            yield from self.descent()
        if d.units:
            yield ""
            yield from self.units()
        if d.rounding is not None:
            yield ""
            yield from heading("ROUNDED", sentence(d.rounding))
            yield from self.rounding(d.rounding)

    def units(self) -> Iterable[str]:
        """Standardised numbers and their gradients, and both in the units of the table."""
        yield from heading("UNITS", f"{UNITS[0].lower()}{UNITS[1:-1]}")
        for u in self.derivation.units:
            value, original = self.number(u.value), self.number(u.original)
            yield from wrapped(f"{u.name} = {value}, in the table {original}", 2, 4)
            if u.gradient is not None and u.original_gradient is not None:
                slope = (
                    f"{self.partial(self.derivation.output, u.name)} = {self.number(u.gradient)}"
                )
                original = self.number(u.original_gradient)
                yield from wrapped(f"{slope}, in units of the table {original}", 4, 6)

    def rounding(self, rounding: Rounding) -> Iterable[str]:
        rows = [HEADERS, *deviations(rounding, self.number)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for name, *cells in rows:
            line = [name.ljust(widths[0])]
            line += [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
            yield from wrapped("  ".join(line).rstrip(), 2, 6)

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
                self.number.result(step.value),
            ],
        )
        for rest in step.rests:
            more = f"… stands for {rest.count} more terms, together {self.number(rest.value)}"
            yield from wrapped(more, 4, 6)

    def partial(self, of: str, by: str) -> str:
        return f"∂{of}/∂{by}"

    def signed(self, value: float) -> str:
        return self.number.signed(value)

    def sum(self, label: str, terms: Iterable[float], total: float) -> list[str]:
        first, *rest = terms
        added = " + ".join([self.number(first), *map(self.signed, rest)])
        return equation(4, f"{label}  {added}", [self.number.result(total)])

    def backward(self, step: BackwardStep) -> Iterable[str]:
        gradient = (
            f"{self.partial(self.derivation.output, step.name)} ="
            f" {self.number.result(step.gradient)}"
        )
        if step.name == self.derivation.output:
            gradient += "  where the backward pass starts"
        yield from wrapped(gradient, 2, 4)
        if not step.contributions and step.name != self.derivation.output:
            yield "    nothing depends on it"
        width = max((len(c.via) for c in step.contributions if len(c.via) <= 20), default=0)
        for contribution in step.contributions:
            yield from self.contribution(step, contribution, width)
        terms = [c.product for c in step.contributions]
        if step.omitted:
            rest = self.number.balanced(terms, step.gradient)
            yield f"    … and {step.omitted} more, together {self.number(rest)}"
            terms.append(rest)
        if len(terms) > 1:
            yield from self.sum("sum".ljust(width + 4), terms, step.gradient)
        for note in step.notes:
            yield from wrapped(f"note: {note}", 4, 6)

    def contribution(self, step: BackwardStep, c: Contribution, width: int) -> Iterable[str]:
        label = f"via {c.via.ljust(width)}"
        upstream = self.signed(c.upstream)
        named = f"{self.partial(c.via, step.name)} × {self.partial(self.derivation.output, c.via)}"
        parts = [f"{self.signed(c.local.value)} × {upstream}", self.number(c.product)]
        if not isinstance(c.local.formula, Number):
            written = c.local.formula.text(self.number)
            bare = written if binding(c.local.formula) > 2 else f"({written})"
            parts.insert(0, f"{bare} × {upstream}")
        return equation(4, f"{label}  {named}", parts)

    def paths(self) -> Iterable[str]:
        yield from heading(
            "PATHS", "the gradient as a sum over the ways from the output back, each a product"
        )
        for chain in self.derivation.chains:
            yield from largest_paths(chain, self.derivation.output, self.number)

    def chain(self, chain: Chain) -> Iterable[str]:
        left = self.partial(self.derivation.output, chain.wrt)
        if chain.count == 0 and chain.complete:
            yield from wrapped(f"{left} = 0, for no path leads to {chain.wrt}", 2, 4)
            return
        if chain.count == 1 and chain.complete:
            parts = self.factors(chain.products[0].factors)
            yield from equation(2, left, [*parts, self.number.result(chain.gradient)])
            return
        others = other_paths(chain, self.number)
        which = f", the {len(chain.products)} largest of them" if others and chain.products else ""
        paths = number_of_paths(chain, self.number)
        yield from wrapped(f"{left} is a sum over {paths}{which}:", 2, 4)
        for product in chain.products:
            named, *numbers = self.factors(product.factors)
            yield from equation(4, named, [*numbers, self.number(product.value)])
        terms = [product.value for product in chain.products]
        if others:
            rest = self.number.balanced(terms, chain.gradient)
            yield f"    {others} together: {self.number(rest)}"
            terms.append(rest)
        yield from self.sum("sum", terms, chain.gradient)

    def factors(self, factors: Sequence[Factor]) -> list[str]:
        """The product in names and, if it has several factors, in numbers."""
        named = " · ".join(self.partial(f.of, f.by) for f in factors) or "1"
        numbers = " · ".join(self.signed(f.value) for f in factors)
        return [named, numbers] if len(factors) > 1 else [named]

    def descent(self) -> Iterable[str]:
        """The table of a repeated update, with as many of the parameters as a line has room for."""
        d, shown = self.derivation, len(self.derivation.updates)
        while (found := descent_table(d, shown)) is not None:
            lines = self.table(found)
            if shown and max(map(len, lines)) > WIDTH:
                shown -= 1
                continue
            times = len(d.descent) - 1
            yield ""
            yield from heading("REPEATED", f"the update {times} times, each with its own slopes")
            yield from lines
            if shown < len(d.updates):
                yield f"  parameters that are not shown: {len(d.updates) - shown}"
            return

    def table(self, found: DescentTable) -> list[str]:
        rows = list(zip(*descent_columns(found, self.number.column), strict=True))
        widths = [max(map(len, column)) for column in zip(found.headers, *rows, strict=True)]
        lines = (found.headers, ["─" * width for width in widths], *rows)
        return [f"  {'  '.join(map(str.rjust, cells, widths))}".rstrip() for cells in lines]

    def update(self, u: Update) -> Iterable[str]:
        moved = move(u)
        step = f"{self.number(u.old)} - {self.number(u.learning_rate)} · {self.signed(u.gradient)}"
        *lines, last = equation(2, f"{u.name}⁺", [step, self.number.result(u.new)])
        yield from lines
        lost = ", its step lost in rounding" if moved.lost else ""
        remark = f"slope {moved.slope}{lost}: {u.name} {moved.verb}"
        if len(last) + 3 + len(remark) <= WIDTH:
            yield f"{last}   {remark}"
        else:
            yield last
            yield from wrapped(remark, 6, 8)
