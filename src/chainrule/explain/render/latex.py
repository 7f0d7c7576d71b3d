"""Derivations as LaTeX: a document that needs nothing but amsmath, or a fragment to include."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    ForwardStep,
    Product,
    Update,
)
from chainrule.explain.render import latex_names
from chainrule.explain.render.formula_latex import (
    Piece,
    atom,
    chunks,
    fenced,
    flow,
    joined,
    shrunk,
    slope,
)
from chainrule.graph.formula import Formula, Number
from chainrule.graph.formula_text import binding

__all__ = ["latex"]

PREAMBLE = r"""\documentclass[fleqn]{article}
\usepackage{amsmath}
\setlength{\oddsidemargin}{0pt}
\setlength{\textwidth}{16.5cm}
\setlength{\topmargin}{-1cm}
\setlength{\textheight}{24cm}
\setlength{\parindent}{0pt}
\setlength{\mathindent}{1em}
\begin{document}
"""
END = "\\end{document}\n"

WIDE, NARROW = 45.5, 34.0
"""Room for an equation in ems: on the page above, and on LaTeX's own article page."""


def latex(derivation: Derivation, digits: int, document: bool = True) -> str:
    """The whole derivation; the fragment expects `\\usepackage{amsmath}` where it is included."""
    body = "\n".join(_Writer(derivation, digits, WIDE if document else NARROW).lines()) + "\n"
    body = f"\\begingroup\\allowdisplaybreaks\n{body}\\endgroup\n"
    return f"{PREAMBLE}{body}{END}" if document else f"% needs \\usepackage{{amsmath}}\n{body}"


class Row(Protocol):
    """Something that fills lines of an `align*`."""

    def lines(self, margin: float, room: float) -> list[str]:
        """LaTeX lines with one & each, when the widest left side takes `margin` of `room` ems."""
        ...


@dataclass(frozen=True)
class Equation:
    """left = part = part …, all of them in pieces between which a line may end."""

    left: Sequence[Piece]
    parts: Sequence[Sequence[Piece]]

    def lines(self, margin: float, room: float) -> list[str]:
        wholes = [joined(part) for part in self.parts]
        kept = [i for i, whole in enumerate(wholes) if not i or whole.code != wholes[i - 1].code]
        lines = [f"{joined(self.left).code} &"]
        if joined(self.left).width > margin:
            lines = [*(f"& {line.code}" for line in flow(self.left, room - margin - 1)), "&"]
        room -= margin + 1
        if sum(wholes[i].width + 1.5 for i in kept) <= room:
            lines[-1] += " ".join(f"= {wholes[i].code}" for i in kept)
            return lines
        for i in kept:
            first, *more = flow(self.parts[i], room - 1.5)
            if i:
                lines.append("&")
            lines[-1] += f"= {first.code}"
            lines += [f"&\\quad {line.code}" for line in more]
        return lines


@dataclass(frozen=True)
class Aside:
    """Something beside the alignment that is no equation: words, or a product's names."""

    left: Sequence[Piece]
    pieces: Sequence[Piece]

    def lines(self, margin: float, room: float) -> list[str]:
        lines = [f"&\\phantom{{=}}\\; {line.code}" for line in flow(self.pieces, room - margin - 2)]
        left = joined(self.left)
        if left.width > margin:
            return [*(f"& {line.code}" for line in flow(self.left, room - margin - 1)), *lines]
        return [f"{left.code} {lines[0]}", *lines[1:]]


class _Writer:
    """Writes one derivation for one width of page."""

    def __init__(self, derivation: Derivation, digits: int, room: float) -> None:
        self.d = derivation
        self.number = latex_names.number(digits)
        self.room = room

    def lines(self) -> Iterator[str]:
        d = self.d
        if d.title:
            yield f"\\section*{{{latex_names.escape(d.title)}}}"
        yield from self.given([step for step in d.forward if step.leaf])
        yield from self.section(
            "Forward pass",
            "Each value from the ones before it.",
            map(self.forward, (step for step in d.forward if not step.leaf)),
        )
        yield from self.section(
            "Backward pass",
            r"From the output back: gradient $=$ local $\times$ upstream,"
            " added up where a value is used more than once.",
            map(self.backward, d.backward),
        )
        yield from self.section(
            "Chain rule",
            "The product of the local gradients along every path.",
            (group for chain in d.chains for group in self.chain(chain)),
        )
        rate = f"$\\eta = {self.number(d.updates[0].learning_rate)}$" if d.updates else ""
        yield from self.section(
            "Update",
            r"New $=$ old $-\;\eta\;\cdot$ gradient, with the learning rate " + rate + ".",
            map(self.update, d.updates),
        )

    def section(self, title: str, says: str, groups: Iterable[list[Row]]) -> Iterator[str]:
        """A heading, a sentence and the equations below each other; nothing without equations."""
        groups = list(groups)
        if groups:
            equations = [row for group in groups for row in group if isinstance(row, Equation)]
            lefts = [joined(equation.left).width for equation in equations]
            margin = max((left for left in lefts if left <= self.room / 3), default=0.0)
            yield f"\\subsection*{{{title}}}"
            yield says
            yield "\\begin{align*}"
            yield " \\\\[1ex]\n".join(
                " \\\\\n".join(
                    f"  {line}" for row in group for line in row.lines(margin, self.room)
                )
                for group in groups
            )
            yield "\\end{align*}"

    def given(self, leaves: Sequence[ForwardStep]) -> Iterator[str]:
        """Names and values in as many columns as the page has room for."""
        if not leaves:
            return
        yield "\\subsection*{Given}"
        names = [shrunk(atom(latex_names.name(x.name)), self.room - 12) for x in leaves]
        pairs = [(name, self.value(x.value)) for name, x in zip(names, leaves, strict=True)]
        widest = max(left.width for left, _ in pairs) + max(right.width for _, right in pairs)
        columns = max(1, min(6, int(self.room / (widest + 3.5))))
        cells = [f"{left.code} &= {right.code}" for left, right in pairs]
        rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
        yield f"\\begin{{alignat*}}{{{columns}}}"
        yield " \\\\\n".join("  " + " &\\qquad ".join(row) for row in rows)
        yield "\\end{alignat*}"

    # pieces

    def value(self, value: float) -> Piece:
        return atom(self.number(value))

    def signed(self, value: float) -> Piece:
        written = self.value(value)
        return fenced(written) if written.code.startswith("-") else written

    def slope(self, name: str) -> Piece:
        return slope(self.d.output, name)

    def fitted(self, formula: Formula) -> list[Piece]:
        """A formula in pieces, with fewer terms inside them where they are wider than a line."""
        for most in (8, 3):
            parts = chunks(formula, self.number, most)
            if max(part.width for part in parts) <= self.room - 4:
                break
        return parts

    def product(self, factors: Sequence[Piece], sign: str = r"\cdot") -> list[Piece]:
        return [factors[0], *(atom(sign) + factor for factor in factors[1:])]

    def sum(self, terms: Iterable[float]) -> list[Piece]:
        first, *rest = terms
        return [self.value(first), *(atom("+") + self.signed(term) for term in rest)]

    # steps

    def forward(self, step: ForwardStep) -> list[Row]:
        left = [atom(latex_names.name(step.name))]
        parts = [self.fitted(step.formula), self.fitted(step.substituted), [self.value(step.value)]]
        return [Equation(left, parts)]

    def backward(self, step: BackwardStep) -> list[Row]:
        left, whole = [self.slope(step.name)], [self.value(step.gradient)]
        if not step.contributions:
            return [Equation(left, [whole]), *map(self.note, step.notes)]
        named = [self.named(step, c) for c in step.contributions]
        worked = [self.worked(c) for c in step.contributions]
        if len(named) == 1 and not step.omitted:
            return [Equation(left, [*named, *worked[0]]), *map(self.note, step.notes)]
        terms = named[0] + [
            piece for first, *rest in named[1:] for piece in (atom("+") + first, *rest)
        ]
        numbers = [c.product for c in step.contributions]
        if step.omitted:
            terms.append(atom(f"+ \\text{{{step.omitted} more}}"))
            numbers.append(step.rest)
        return [
            Equation(left, [terms]),
            *map(Equation, named, worked),
            Equation(left, [self.sum(numbers), whole]),
            *map(self.note, step.notes),
        ]

    def named(self, step: BackwardStep, c: Contribution) -> list[Piece]:
        return self.product([slope(c.via, step.name), self.slope(c.via)], r"\times")

    def worked(self, c: Contribution) -> list[Sequence[Piece]]:
        """Local × upstream as formula and as numbers, and the product."""
        upstream = self.signed(c.upstream)
        parts: list[Sequence[Piece]] = []
        if not isinstance(c.local.formula, Number):
            written = joined(self.fitted(c.local.formula))
            loose = binding(c.local.formula) < 3
            parts.append(self.product([fenced(written) if loose else written, upstream], r"\times"))
        parts.append(self.product([self.signed(c.local.value), upstream], r"\times"))
        return [*parts, [self.value(c.product)]]

    def note(self, note: str) -> Row:
        words = [Piece(latex_names.escape(word), 0.5 * len(word) + 0.3) for word in note.split()]
        return Aside(
            [Piece("", 0)], [Piece(f"\\text{{\\itshape {w.code}}}\\ ", w.width) for w in words]
        )

    def chain(self, chain: Chain) -> list[list[Row]]:
        left, whole = [self.slope(chain.wrt)], [self.value(chain.gradient)]
        if not chain.count:
            return [[Equation(left, [[*whole, atom(r"\quad\text{: no path leads there}")]])]]
        if chain.count == 1:
            return [[Equation(left, [*self.factors(chain.products[0]), whole])]]
        rest = chain.count - len(chain.products)
        words = f"a sum over {chain.count} paths"
        words += f", the {len(chain.products)} largest of them:" if rest else ":"
        groups: list[list[Row]] = [[Aside(left, [atom(f"\\text{{{words}}}")])]]
        for product in chain.products:
            names, *numbers = self.factors(product)
            parts = [*numbers, [self.value(product.value)]]
            groups.append([Aside([Piece("", 0)], names), Equation([Piece("", 0)], parts)])
        terms = self.sum(product.value for product in chain.products)
        if rest:
            words = f"\\text{{the other {rest} paths}}"
            groups.append([Equation([atom(words)], [[self.value(chain.rest)]])])
            terms.append(atom("+") + self.signed(chain.rest))
        return [*groups, [Equation(left, [terms, whole])]]

    def factors(self, path: Product) -> list[list[Piece]]:
        """The product along a path in names and, of more than one factor, in numbers."""
        named = self.product([slope(f.of, f.by) for f in path.factors] or [atom("1")])
        if len(path.factors) < 2:
            return [named]
        return [named, self.product([self.signed(f.value) for f in path.factors])]

    def update(self, u: Update) -> list[Row]:
        left = [atom(f"{latex_names.name(u.name)}^{{+}}")]
        old = atom(latex_names.name(u.name))
        symbols = [old, atom(r"- \eta \cdot") + self.slope(u.name)]
        rate = joined(self.product([self.value(u.learning_rate), self.signed(u.gradient)]))
        return [
            Equation(left, [symbols, [self.value(u.old), atom("-") + rate], [self.value(u.new)]])
        ]
