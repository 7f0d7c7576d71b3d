"""Derivations as HTML for notebooks: one fragment with its own style, without script or request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    ForwardStep,
    Update,
)
from chainrule.explain.numbers import balanced, counted, percent
from chainrule.explain.render.html.mathml import name, operator, slope, wrapped
from chainrule.explain.render.html.notation import Pieces
from chainrule.explain.render.html.style import COLOURS, RULES
from chainrule.graph.formula import Symbol

__all__ = ["html"]


def html(derivation: Derivation, digits: int, style: bool = True) -> str:
    """The whole derivation as a `div` that brings its style; every name is escaped.

    Without `style` it is for a page made by `document`, which has it.
    """
    body = "\n".join(_Writer(derivation, digits).parts())
    brought = f"<style>{COLOURS}{RULES}</style>\n" if style else ""
    return f'<div class="chainrule">\n{brought}{body}\n</div>\n'


def cell(content: str, kind: str = "", rows: int = 1, tag: str = "td") -> str:
    """A table cell; `kind` names what it holds: value, gradient, number."""
    named = f' class="{kind}"' if kind else ""
    span = f' rowspan="{rows}"' if rows > 1 else ""
    return f"<{tag}{named}{span}>{content}</{tag.split()[0]}>"


def head(content: str, rows: int = 1) -> str:
    """The cell a row begins with."""
    return cell(content, rows=rows, tag='th scope="row"')


def row(*cells: str, kind: str = "") -> str:
    """A row of cells."""
    return f'<tr class="{kind}">{"".join(cells)}</tr>' if kind else f"<tr>{''.join(cells)}</tr>"


def table(titles: Sequence[tuple[str, str]], groups: Iterable[Iterable[str]]) -> str:
    """Columns with their titles and kinds; every group of rows is a body of its own."""
    top = "".join(f'<th scope="col" class="{kind}">{title}</th>' for title, kind in titles)
    bodies = "\n".join(f"<tbody>{''.join(rows)}</tbody>" for rows in groups)
    inside = f"<thead><tr>{top}</tr></thead>\n{bodies}"
    return f'<div class="wide" tabindex="0"><table>{inside}</table></div>'


class _Writer:
    """Writes one derivation with one way of writing numbers."""

    def __init__(self, derivation: Derivation, digits: int) -> None:
        self.d = derivation
        self.p = Pieces(digits)

    def parts(self) -> Iterator[str]:
        d = self.d
        if d.title:
            yield f"<h3>{escape(d.title)}</h3>"
        leaves = [step for step in d.forward if step.leaf]
        if leaves:
            yield f'<h4>Given</h4>\n<ul class="given">{"".join(map(self.given, leaves))}</ul>'
        yield "<h4>Forward pass</h4>\n<p>Each value from the ones before it.</p>"
        titles = [("node", ""), ("value", "number"), ("formula", ""), ("with numbers", "")]
        steps = [step for step in d.forward if not step.leaf]
        yield table(titles, [map(self.forward, steps)])
        yield (
            "<h4>Backward pass</h4>\n<p>From the output back: gradient = local × upstream, "
            "added up where a value is used more than once.</p>"
        )
        titles = [("", ""), ("gradient", "number"), ("through", ""), ("local", "")]
        titles += [("upstream", ""), ("local × upstream", "number"), ("product", "number")]
        yield table(titles, map(self.backward, d.backward))
        if d.chains:
            yield "<h4>Chain rule</h4>"
            yield "<p>The product of the local gradients along every path.</p>"
            yield from map(self.chain, d.chains)
        if d.updates:
            rate = self.p.number(d.updates[0].learning_rate)
            yield f"<h4>Update</h4>\n<p>New = old − {rate} · gradient.</p>"
            titles = [("parameter", ""), ("old", "number"), ("gradient", "number")]
            titles += [("new", "number"), ("", "")]
            yield table(titles, [map(self.update, d.updates)])

    # steps

    def given(self, step: ForwardStep) -> str:
        equals = wrapped(name(step.name), operator("="))
        return f'<li>{equals} <span class="value">{self.p.number(step.value)}</span></li>'

    def forward(self, step: ForwardStep) -> str:
        return row(
            head(self.p.math(Symbol(step.name))),
            cell(self.p.number(step.value), "value number"),
            cell(self.p.math(step.formula)),
            cell(self.p.math(step.substituted)),
        )

    def backward(self, step: BackwardStep) -> Iterator[str]:
        several = len(step.contributions) + step.omitted > 1
        rows = max(1, len(step.contributions)) + several + bool(step.omitted) + len(step.notes)
        first = head(wrapped(slope(self.d.output, step.name)), rows)
        first += cell(self.p.number(step.gradient), "gradient number", rows)
        if not step.contributions:
            start = step.name == self.d.output
            says = "where the backward pass starts" if start else "nothing depends on it"
            yield row(first, f'<td colspan="5">{says}</td>')
        for c in step.contributions:
            yield row(first, *self.contribution(step, c))
            first = ""
        terms = [c.product for c in step.contributions]
        if step.omitted:
            terms.append(balanced(self.p.write, terms, step.gradient))
            rest = cell(self.p.number(terms[-1]), "gradient number")
            yield row(f'<td colspan="4">… and {step.omitted} more, together</td>', rest)
        if several:
            sum_ = wrapped(*self.p.plus(terms))
            total = cell(self.p.number(step.gradient), "gradient number")
            yield row(f'<td colspan="4" class="number">sum {sum_}</td>', total, kind="sum")
        for note in step.notes:
            yield row(f'<td colspan="5" class="note">{escape(note)}</td>')

    def contribution(self, step: BackwardStep, c: Contribution) -> Iterator[str]:
        numbers = self.p.times([self.p.signed(c.local.value), self.p.signed(c.upstream)], "×")
        yield cell(self.p.math(Symbol(c.via)))
        yield cell(wrapped(slope(c.via, step.name), operator("="), self.p.inner(c.local.formula)))
        yield cell(wrapped(slope(self.d.output, c.via)))
        yield cell(wrapped(numbers), "number")
        yield cell(self.p.number(c.product), "gradient number")

    def chain(self, chain: Chain) -> str:
        left, equals = slope(self.d.output, chain.wrt), operator("=")
        total = f'<span class="gradient">{self.p.number(chain.gradient)}</span>'
        if not chain.count:
            return self.lines([f"{wrapped(left, equals)} {total}, for no path leads there"])
        if chain.count == len(chain.products) == 1:
            factors = chain.products[0].factors
            if len(factors) < 2:
                return self.lines([f"{wrapped(left, equals)} {total}"])
            names, numbers = self.p.factors(factors)
            return self.lines(
                [wrapped(left, equals, names), f"{wrapped(equals, numbers, equals)} {total}"]
            )
        rest = chain.count - len(chain.products)
        largest = f", the {len(chain.products)} largest of them" if rest and chain.products else ""
        lines = [f"{wrapped(left)} is a sum over {counted(chain.count)} paths{largest}:"]
        if self.d.ranked:
            signs = self.p.number(chain.positive), self.p.number(chain.negative)
            lines.append("all paths together: positive {}, negative {}".format(*signs))
        for product in chain.products:
            names, numbers = self.p.factors(product.factors)
            value = f'<span class="gradient">{self.p.number(product.value)}</span>'
            share = chain.share(product) if self.d.ranked else None
            value += f", {percent(share)} of the gradient" if share is not None else ""
            lines += [wrapped(names), f"{wrapped(equals, numbers, equals)} {value}"]
        terms = [product.value for product in chain.products]
        if rest:
            terms.append(balanced(self.p.write, terms, chain.gradient))
            lines.append(f"the other {counted(rest)} paths together: {self.p.number(terms[-1])}")
        return self.lines([*lines, f"{wrapped(left, equals, *self.p.plus(terms), equals)} {total}"])

    def lines(self, lines: Iterable[str]) -> str:
        made = "".join(f"<p>{line}</p>" for line in lines)
        return f'<div class="wide chain" tabindex="0">{made}</div>'

    def update(self, u: Update) -> str:
        moves = "stays" if u.gradient == 0 else "falls" if u.gradient > 0 else "rises"
        return row(
            head(self.p.math(Symbol(u.name))),
            cell(self.p.number(u.old), "value number"),
            cell(self.p.number(u.gradient), "gradient number"),
            cell(self.p.number(u.new), "value number"),
            cell(moves),
        )
