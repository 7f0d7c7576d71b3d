"""Derivations as HTML for notebooks: a fragment with its own style, without scripts or requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    ForwardStep,
    Rounding,
    Units,
    Update,
)
from chainrule.explain.render.descent import descent_columns, descent_table, outcome, staying
from chainrule.explain.render.html.document import title_html
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.mathml import derivative, math_tag, name, operator
from chainrule.explain.render.html.notation import Notation
from chainrule.explain.render.html.style import COLOURS, RULES
from chainrule.explain.render.rounding_table import HEADERS, deviations, sentence
from chainrule.explain.render.wording import (
    UNITS,
    move,
    number_of_paths,
    of_how_many,
    other_paths,
    with_minus_signs,
)
from chainrule.formula import Symbol
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["html", "rounding_html"]


def html(derivation: Derivation, numbers: NumberStyle, style: bool = True) -> str:
    """Write the whole derivation as a `div` with its style; every name is escaped.

    A page written by `document` already has the style: pass `style=False` for it.
    """
    body = "\n".join(_Writer(derivation, numbers).parts())
    element = f"<style>{COLOURS}{RULES}</style>\n" if style else ""
    return f'<div class="chainrule">\n{element}{body}\n</div>\n'


def cell(content: str, kind: str = "", rows: int = 1, tag: str = "td") -> str:
    """A table cell; `kind` is its class: value, gradient or number."""
    named = f' class="{kind}"' if kind else ""
    span = f' rowspan="{rows}"' if rows > 1 else ""
    return f"<{tag}{named}{span}>{content}</{tag.split()[0]}>"


def head(content: str, rows: int = 1) -> str:
    """The header cell of a row."""
    return cell(content, rows=rows, tag='th scope="row"')


def row(*cells: str, kind: str = "") -> str:
    """A row of cells."""
    return f'<tr class="{kind}">{"".join(cells)}</tr>' if kind else f"<tr>{''.join(cells)}</tr>"


def table(titles: Sequence[tuple[str, str]], groups: Iterable[Iterable[str]]) -> str:
    """A table of columns with titles and classes; every group of rows has its own body."""
    top = "".join(f'<th scope="col" class="{kind}">{title}</th>' for title, kind in titles)
    bodies = "\n".join(f"<tbody>{''.join(rows)}</tbody>" for rows in groups)
    inside = f"<thead><tr>{top}</tr></thead>\n{bodies}"
    return f'<div class="wide" tabindex="0"><table>{inside}</table></div>'


def descent_html(d: Derivation, html: Notation) -> str:
    """The table of a repeated update; empty if it was made once."""
    found = descent_table(d)
    if found is None:
        return ""
    titles = [(escape(header), "number") for header in found.headers]
    columns = descent_columns(found, html.column)
    rows = (row(*(cell(one, "number") for one in cells)) for cells in zip(*columns, strict=True))
    return table(titles, [rows])


def rounding_html(rounding: Rounding, number: NumberWriter) -> str:
    """How far rounded numbers led from the exact ones."""
    words = sentence(rounding)
    titles = [(title, "number" if i else "") for i, title in enumerate(HEADERS)]
    rows = (
        row(
            head(escape(name)),
            *(cell(escape(written).replace("-", "−"), "number") for written in cells),
        )
        for name, *cells in deviations(rounding, number)
    )
    heading = f"<h4>Rounded</h4>\n<p>{words[0].upper()}{words[1:]}.</p>\n"
    return heading + table(titles, [rows])


class _Writer:
    """Writes one derivation, every number in the same style."""

    def __init__(self, derivation: Derivation, numbers: NumberStyle) -> None:
        self.derivation = derivation
        self.html = Notation(derivation.writer(numbers))

    def parts(self) -> Iterator[str]:
        d = self.derivation
        if d.title:
            yield f"<h3>{title_html(d.title)}</h3>"
        leaves = [*(step for step in d.forward if step.leaf), *d.operands]
        if leaves:
            yield f'<h4>Given</h4>\n<ul class="given">{"".join(map(self.given, leaves))}</ul>'
        listed = of_how_many(d)
        listed = listed and f" {listed[0].upper()}{listed[1:]}."
        yield f"<h4>Forward pass</h4>\n<p>Each value from the ones before it.{listed}</p>"
        titles = [("node", ""), ("value", "number"), ("formula", ""), ("with numbers", "")]
        steps = [step for step in d.forward if not step.leaf]
        yield table(titles, [map(self.forward, steps)])
        yield (
            "<h4>Backward pass</h4>\n<p>From the output back: gradient = local × upstream, "
            f"added up where a value is used more than once.{listed}</p>"
        )
        titles = [("", ""), ("gradient", "number"), ("through", ""), ("local", "")]
        titles += [("upstream", ""), ("local × upstream", "number"), ("product", "number")]
        yield table(titles, map(self.backward, d.backward))
        if d.chains:
            yield "<h4>Chain rule</h4>"
            yield "<p>The product of the local gradients along every path.</p>"
            yield from map(self.chain, d.chains)
        if d.updates:
            rate = self.html.number(d.updates[0].learning_rate)
            yield f"<h4>Update</h4>\n<p>New = old − {rate} · gradient.</p>"
            titles = [("parameter", ""), ("old", "number"), ("gradient", "number")]
            titles += [("new", "number"), ("", "")]
            yield table(titles, [map(self.update, d.updates)])
            for said in (staying(d.stays), outcome(d, self.html.numbers)):
                yield f"<p>{escape(with_minus_signs(said))}.</p>" if said else ""
            repeated = descent_html(d, self.html)
            yield f"<h4>Repeated</h4>\n{repeated}" if repeated else ""
        if d.units:
            titles = [("", ""), ("standardised", "number"), ("original", "number")]
            titles += [("gradient", "number"), ("for the original", "number")]
            yield f"<h4>Units</h4>\n<p>{UNITS}</p>"
            yield table(titles, [map(self.units, d.units)])
        if d.rounding is not None:
            yield rounding_html(d.rounding, self.html.numbers)

    # steps

    def given(self, step: ForwardStep) -> str:
        equals = math_tag(name(step.name), operator("="))
        return f'<li>{equals} <span class="value">{self.html.number(step.value)}</span></li>'

    def forward(self, step: ForwardStep) -> str:
        return row(
            head(self.html.math(Symbol(step.name))),
            cell(self.html.result(step.value), "value number"),
            cell(self.html.math(step.formula)),
            cell(self.html.math(step.substituted)),
        )

    def backward(self, step: BackwardStep) -> Iterator[str]:
        several = len(step.contributions) + step.omitted > 1
        rows = max(1, len(step.contributions)) + several + bool(step.omitted) + len(step.notes)
        first = head(math_tag(derivative(self.derivation.output, step.name)), rows)
        first += cell(self.html.result(step.gradient), "gradient number", rows)
        if not step.contributions:
            start = step.name == self.derivation.output
            reason = "where the backward pass starts" if start else "nothing depends on it"
            yield row(first, f'<td colspan="5">{reason}</td>')
        for c in step.contributions:
            yield row(first, *self.contribution(step, c))
            first = ""
        terms = [c.product for c in step.contributions]
        if step.omitted:
            terms.append(self.html.numbers.balanced(terms, step.gradient))
            rest = cell(self.html.number(terms[-1]), "gradient number")
            yield row(f'<td colspan="4">… and {step.omitted} more, together</td>', rest)
        if several:
            sum_ = math_tag(*self.html.plus(terms))
            total = cell(self.html.result(step.gradient), "gradient number")
            yield row(f'<td colspan="4" class="number">sum {sum_}</td>', total, kind="sum")
        for note in step.notes:
            yield row(f'<td colspan="5" class="note">{escape(note)}</td>')

    def contribution(self, step: BackwardStep, c: Contribution) -> Iterator[str]:
        numbers = self.html.times(
            [self.html.signed(c.local.value), self.html.signed(c.upstream)], "×"
        )
        yield cell(self.html.math(Symbol(c.via)))
        yield cell(
            math_tag(derivative(c.via, step.name), operator("="), self.html.inner(c.local.formula))
        )
        yield cell(math_tag(derivative(self.derivation.output, c.via)))
        yield cell(math_tag(numbers), "number")
        yield cell(self.html.number(c.product), "gradient number")

    def chain(self, chain: Chain) -> str:
        left, equals = derivative(self.derivation.output, chain.wrt), operator("=")
        total = f'<span class="gradient">{self.html.result(chain.gradient)}</span>'
        if not chain.count and chain.complete:
            return self.lines([f"{math_tag(left, equals)} {total}, for no path leads there"])
        if chain.count == len(chain.products) == 1 and chain.complete:
            factors = chain.products[0].factors
            if len(factors) < 2:
                return self.lines([f"{math_tag(left, equals)} {total}"])
            names, numbers = self.html.factors(factors)
            return self.lines(
                [
                    math_tag(left, equals, names),
                    f"{math_tag(equals, numbers, equals)} {total}",
                ]
            )
        rest = other_paths(chain, self.html.numbers)
        largest = f", the {len(chain.products)} largest of them" if rest and chain.products else ""
        paths = number_of_paths(chain, self.html.numbers)
        lines = [f"{math_tag(left)} is a sum over {paths}{largest}:"]
        if self.derivation.ranked and chain.complete:
            signs = self.html.number(chain.positive), self.html.number(chain.negative)
            lines.append("all paths together: positive {}, negative {}".format(*signs))
        for product in chain.products:
            names, numbers = self.html.factors(product.factors)
            value = f'<span class="gradient">{self.html.number(product.value)}</span>'
            share = chain.share(product) if self.derivation.ranked else None
            if share is not None:
                part = with_minus_signs(self.html.numbers.percent(share))
                value += f", {part} of the gradient"
            lines += [math_tag(names), f"{math_tag(equals, numbers, equals)} {value}"]
        terms = [product.value for product in chain.products]
        if rest:
            terms.append(self.html.numbers.balanced(terms, chain.gradient))
            others = self.html.number(terms[-1])
            lines.append(f"{rest} together: {others}")
        return self.lines(
            [*lines, f"{math_tag(left, equals, *self.html.plus(terms), equals)} {total}"]
        )

    def lines(self, lines: Iterable[str]) -> str:
        paragraphs = "".join(f"<p>{line}</p>" for line in lines)
        return f'<div class="wide chain" tabindex="0">{paragraphs}</div>'

    def units(self, u: Units) -> str:
        numbers = (u.value, u.original, u.gradient, u.original_gradient)
        cells = ("–" if n is None else self.html.number(n) for n in numbers)
        return row(head(self.html.math(Symbol(u.name))), *(cell(c, "number") for c in cells))

    def update(self, u: Update) -> str:
        return row(
            head(self.html.math(Symbol(u.name))),
            cell(self.html.number(u.old), "value number"),
            cell(self.html.number(u.gradient), "gradient number"),
            cell(self.html.result(u.new), "value number"),
            cell(move(u).verb),
        )
