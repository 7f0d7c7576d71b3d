"""Derivations as LaTeX: a document that needs no package but amsmath, or a fragment to include."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from chainrule.explain.derivation import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    ForwardStep,
    Product,
    Update,
)
from chainrule.explain.render.descent import descent_table, outcome, staying
from chainrule.explain.render.latex import notation
from chainrule.explain.render.latex.aligned_rows import (
    Equation,
    Part,
    Remark,
    Row,
    aligned,
    columns,
)
from chainrule.explain.render.latex.document import NARROW, WIDE, complete
from chainrule.explain.render.latex.formula import chunks, chunks_inside_brackets, derivative
from chainrule.explain.render.latex.piece import Piece, atom, braced, fenced, joined, shrunk
from chainrule.explain.render.latex.table import tabular
from chainrule.explain.render.rounding_table import HEADERS, deviations, sentence
from chainrule.explain.render.wording import (
    UNITS,
    number_of_paths,
    of_how_many,
    with_minus_signs,
)
from chainrule.formula import Formula, Number
from chainrule.formula.numbers import NumberStyle
from chainrule.formula.text import binding

__all__ = ["fragment", "latex"]


def latex(derivation: Derivation, style: NumberStyle, document: bool = True) -> str:
    """Write the whole derivation; a fragment needs `\\usepackage{amsmath}` where it is included."""
    if document:
        return complete(fragment(derivation, style, WIDE))
    return f"% needs \\usepackage{{amsmath}}\n{fragment(derivation, style, NARROW)}"


def fragment(derivation: Derivation, style: NumberStyle, width: float) -> str:
    """Write the derivation without a document around it, for lines of `width` ems."""
    body = "\n".join(_Writer(derivation, style, width).lines())
    return f"\\begingroup\\allowdisplaybreaks\n{body}\n\\endgroup\n"


class _Writer:
    """Writes one derivation for lines of one width."""

    def __init__(self, derivation: Derivation, style: NumberStyle, width: float) -> None:
        self.derivation = derivation
        self.number = notation.LatexNumbers(derivation.writer(style))
        self.width = width
        self.locals = {
            (step.name, local.input): local for step in derivation.forward for local in step.locals
        }

    def lines(self) -> Iterator[str]:
        d = self.derivation
        if d.title:
            yield f"\\section*{{\\raggedright {notation.title(d.title)}}}"
        leaves = [*(step for step in d.forward if step.leaf), *d.operands]
        if leaves:
            yield "\\subsection*{Given}"
            names = [shrunk(atom(notation.name(x.name)), self.width - 12) for x in leaves]
            values = [self.value(x.value) for x in leaves]
            yield from columns(list(zip(names, values, strict=True)), self.width)
        listed = of_how_many(d)
        listed = listed and f" {listed[0].upper()}{listed[1:]}."
        yield from self.section(
            "Forward pass",
            "Each value from the ones before it." + listed,
            map(self.forward, (step for step in d.forward if not step.leaf)),
        )
        yield from self.section(
            "Backward pass",
            r"From the output back: gradient $=$ local $\times$ upstream,"
            " added up where a value is used more than once." + listed,
            map(self.backward, d.backward),
        )
        yield from self.section(
            "Chain rule",
            "The product of the local gradients along a path, added up over all paths.",
            (group for chain in d.chains for group in self.chain(chain)),
        )
        rate = f"$\\eta = {self.number(d.updates[0].learning_rate)}$" if d.updates else ""
        yield from self.section(
            "Update",
            r"New $=$ old $-\;\eta\;\cdot$ gradient, with the learning rate " + rate + ".",
            map(self.update, d.updates),
        )
        for said in (staying(d.stays), outcome(d, self.number.numbers)):
            yield f"{notation.escape(with_minus_signs(said))}.\\par" if said else ""
        found = descent_table(d, 4)
        if found is not None:
            more = len(d.updates) - 4
            left_out = f" {more} more parameters are left out." if more > 0 else ""
            caption = f"The update {len(d.descent) - 1} times, each with the slopes of its own."
            yield "\\subsection*{Repeated}"
            yield from tabular(
                caption + left_out, found.headers, found.rows, self.number, lambda _: ""
            )
        if d.units:
            rows = [
                (u.name, *("–" if n is None else self.number.numbers(n) for n in numbers))
                for u in d.units
                for numbers in [(u.value, u.original, u.gradient, u.original_gradient)]
            ]
            headers = ("", "standardised", "original", "gradient", "for the original")
            yield "\\subsection*{Units}"
            yield from tabular(UNITS, headers, rows, self.number, notation_of)
        if d.rounding is not None:
            words, numbers = sentence(d.rounding), self.number.numbers
            yield "\\subsection*{Rounded}"
            yield from tabular(
                f"{words[0].upper()}{words[1:]}.",
                HEADERS,
                deviations(d.rounding, numbers),
                self.number,
                lambda written: notation.escape(with_minus_signs(str(written))),
            )

    def section(self, title: str, sentence: str, groups: Iterable[list[Row]]) -> Iterator[str]:
        """A heading, a sentence and the aligned equations; nothing if there are no equations."""
        groups = list(groups)
        if groups:
            yield f"\\subsection*{{{title}}}"
            yield sentence
            yield from aligned(groups, self.width)

    # pieces

    def value(self, value: float) -> Piece:
        return atom(self.number(value))

    def result(self, value: float) -> Piece:
        return atom(self.number.result(value))

    def signed(self, value: float) -> Piece:
        written = self.value(value)
        return fenced(written) if written.code.startswith("-") else written

    def gradient(self, name: str) -> Piece:
        """∂output/∂name."""
        return derivative(self.derivation.output, name)

    def fitted(self, formula: Formula) -> list[Piece]:
        """Break a formula into pieces, with fewer terms in each if one is wider than a line."""
        parts: list[Piece] = []
        for broken, most in (
            (chunks, 8),
            (chunks_inside_brackets, 8),
            (chunks_inside_brackets, 3),
        ):
            parts = broken(formula, self.number, most)
            if max(part.width for part in parts) <= self.width - 4:
                break
        return parts

    def factor(self, formula: Formula) -> Piece:
        """A formula as a factor of a product, in brackets where it needs them."""
        if isinstance(formula, Number):
            return self.signed(formula.value)
        written = joined(self.fitted(formula))
        return fenced(written) if binding(formula) < 3 else written

    def product(self, factors: Sequence[Piece], sign: str = r"\cdot") -> list[Piece]:
        return [factors[0], *(atom(sign) + factor for factor in factors[1:])]

    def sum(self, terms: Iterable[float]) -> Part:
        first, *rest = terms
        return added([[self.value(first)], *([self.signed(term)] for term in rest)])

    # steps

    def forward(self, step: ForwardStep) -> list[Row]:
        left = [atom(notation.name(step.name))]
        formulas = [[self.fitted(step.formula)], [self.fitted(step.substituted)]]
        return [Equation(left, [*formulas, [[self.result(step.value)]]])]

    def backward(self, step: BackwardStep) -> list[Row]:
        """∂E/∂x as products in names, with formulas and with numbers; their sum; its value."""
        left, whole = [self.gradient(step.name)], [[self.result(step.gradient)]]
        notes = [Remark(f"{note[:1].upper()}{note[1:]}.") for note in step.notes]
        if not step.contributions:
            if step.name != self.derivation.output:
                notes.append(Remark("Nothing depends on it."))
            return [Equation(left, [whole]), *notes]

        def written(local: Callable[[Contribution], Piece]) -> Part:
            return [
                self.product([local(c), self.signed(c.upstream)], r"\times")
                for c in step.contributions
            ]

        named = [
            self.product([derivative(c.via, step.name), self.gradient(c.via)], r"\times")
            for c in step.contributions
        ]
        parts = [
            named,
            written(lambda c: self.factor(c.local.formula)),
            written(lambda c: self.signed(c.local.value)),
        ]
        products = [[self.signed(c.product) if i else self.value(c.product)]
                    for i, c in enumerate(step.contributions)]  # fmt: skip
        if step.omitted:
            parts = [[*part, [atom(r"\cdots")]] for part in parts]
            rest = self.number.numbers.balanced(
                [c.product for c in step.contributions], step.gradient
            )
            products.append([braced(self.signed(rest), f"{step.omitted} more")])
        return [Equation(left, [*map(added, [*parts, products]), whole]), *notes]

    def chain(self, chain: Chain) -> Iterator[list[Row]]:
        """∂E/∂w as the sum over its paths; with ranked paths, also the sums by sign."""
        left, whole = [self.gradient(chain.wrt)], [[self.result(chain.gradient)]]
        if not chain.count and chain.complete:
            yield [Equation(left, [whole]), Remark("No path leads there.")]
        elif chain.count == len(chain.products) and chain.complete:
            versions = zip(*map(self.versions, chain.products), strict=True)
            parts = [added(version) for version in versions if all(version)]
            values = self.sum(product.value for product in chain.products)
            yield [Equation(left, [*parts, values, whole])]
        else:
            yield from self.largest(chain)
        if self.derivation.ranked and chain.count > 1 and chain.complete:
            signs = {"P_i > 0": chain.positive, "P_i < 0": chain.negative}
            yield [Equation([summed(s)], [[[self.value(v)]]]) for s, v in signs.items()]

    def largest(self, chain: Chain) -> Iterator[list[Row]]:
        """Of many paths, the largest products as P₁, P₂, …, and the sum of the others."""
        left, whole = [self.gradient(chain.wrt)], [[self.result(chain.gradient)]]
        shown, every = len(chain.products), summed("i=1", "N")
        paths = f"N = {self.number.numbers.count(chain.count)} paths lead there"
        if not chain.complete:
            paths = f"N paths lead there, {number_of_paths(chain, self.number.numbers)}"
        if not shown:
            yield [Equation(left, [[[every]], whole]), Remark(f"{paths}.")]
            return
        which = f"{shown} largest are" if shown > 1 else "largest is"
        yield [Equation(left, [[[every]]]), Remark(f"{paths}; the {which}:")]
        for i, product in enumerate(chain.products, start=1):
            parts = [[version] for version in self.versions(product) if version]
            yield [Equation([atom(f"P_{{{i}}}")], [*parts, [[self.value(product.value)]]])]
        others = summed(f"i={shown + 1}", "N")
        terms = [product.value for product in chain.products]
        rest = self.number.numbers.balanced(terms, chain.gradient)
        yield [Equation([others], [[[self.value(rest)]]])]
        named = [[atom(f"P_{{{i}}}")] for i in range(1, shown + 1)]
        values = self.sum([*terms, rest])
        yield [Equation(left, [added([*named, [others]]), values, whole])]

    def versions(self, path: Product) -> tuple[list[Piece], list[Piece], list[Piece]]:
        """The product along a path in names, in formulas if all are known, and in numbers."""
        named = self.product([derivative(f.of, f.by) for f in path.factors] or [atom("1")])
        numbers = self.product([self.signed(f.value) for f in path.factors] or [atom("1")])
        locals_ = [self.locals.get((f.of, f.by)) for f in path.factors]
        formulas = [local.formula for local in locals_ if local]
        factors = [self.factor(one) for one in formulas if one != Number(1.0)]
        known = len(formulas) == len(locals_) and factors
        return named, self.product(factors) if known else [], numbers

    def update(self, u: Update) -> list[Row]:
        left = [atom(f"{notation.name(u.name)}^{{+}}")]
        symbols = [[atom(notation.name(u.name)), atom(r"- \eta \,") + self.gradient(u.name)]]
        rate = joined(self.product([self.value(u.learning_rate), self.signed(u.gradient)]))
        numbers = [[self.value(u.old), atom("-") + rate]]
        return [Equation(left, [symbols, numbers, [[self.result(u.new)]]])]


def notation_of(written: object) -> str:
    """Text in a table."""
    return notation.escape(str(written))


def summed(below: str, above: str = "") -> Piece:
    """The sum over paths; P stands for the product along one."""
    upper = f"^{{{above}}}" if above else ""
    return Piece(f"\\sum_{{{below}}}{upper} P_i", 3.5, True)


def added(terms: Iterable[Sequence[Piece]]) -> Part:
    """Put a plus before each term but the first."""
    first, *rest = terms
    return [first, *([atom("+") + term[0], *term[1:]] for term in rest)]
