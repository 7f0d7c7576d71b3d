"""The steps of a derivation for a page: one operation each, with the nodes and edges it concerns.

The phases are given → forward → loss → backward → update.  Every step has a heading, a sentence,
and the formula that was applied: in names, with numbers, and its result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chainrule.explain.derivation import (
    BackwardStep,
    Contribution,
    Derivation,
    ForwardStep,
    Update,
)
from chainrule.explain.render.descent import outcome, staying
from chainrule.explain.render.html.escaping import escape
from chainrule.explain.render.html.fragment import descent_html
from chainrule.explain.render.html.mathml import derivative, infix, math_tag, name
from chainrule.explain.render.html.notation import Notation, breakable, equation, name_html
from chainrule.explain.render.html.page_paths import paths_list
from chainrule.explain.render.wording import move, with_minus_signs
from chainrule.formula import Number
from chainrule.formula.numbers import NumberStyle

__all__ = ["Step", "steps"]

FEW = 24
"""The number of given values that are shown at first; the others are folded."""

Edge = tuple[str, str]
"""The names of a source and of its consumer."""


@dataclass(frozen=True)
class Step:
    """One step that the reader stops at.

    phase      given, forward, loss, backward or update
    about      the name of the node whose value or gradient it computes; empty for given values
    label      the step in plain text
    heading    the heading, as HTML
    sentence   a sentence, as HTML
    equations  the formula that was applied, as HTML
    nodes      the names of the other nodes that take part
    edges      the edges along which values or gradients are passed
    """

    phase: str
    about: str
    label: str
    heading: str
    sentence: str
    equations: str
    nodes: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()


def steps(derivation: Derivation, style: NumberStyle) -> list[Step]:
    """All steps in order; at least one, since every backward pass has a start."""
    return list(_StepWriter(derivation, style).steps())


def listed(names: Sequence[str], others: str = "", most: int = 6) -> str:
    """Names for a sentence: all, or the first `most` of them and how many more there are.

    `others` stands for names that are not listed at all.

    >>> listed(["x", "y"])
    '<span class="name">x</span> and <span class="name">y</span>'
    """
    names = list(dict.fromkeys(names))
    shown = [name_html(one) for one in names[:most]]
    if len(names) > most:
        others = f"{len(names) - most} more"
    shown += [others] if others else []
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


class _StepWriter:
    """Writes the steps of one derivation, every number in the same style."""

    def __init__(self, derivation: Derivation, style: NumberStyle) -> None:
        self.derivation, self.html = derivation, Notation(derivation.writer(style))
        self.chains = {chain.wrt: chain for chain in derivation.chains}
        self.listed = {step.name for step in derivation.forward}

    def steps(self) -> Iterator[Step]:
        leaves = [step for step in self.derivation.forward if step.leaf]
        leaves += self.derivation.operands
        if leaves:
            yield self.given(leaves)
        yield from (self.forward(step) for step in self.derivation.forward if not step.leaf)
        yield from map(self.backward, self.derivation.backward)
        *updates, last = [*map(self.update, self.derivation.updates)] or [None]
        yield from filter(None, updates)
        if last:
            yield replace(last, equations=last.equations + self.outcome())

    def gradient_symbol(self, by: str) -> str:
        return derivative(self.derivation.output, by)

    def given(self, leaves: Sequence[ForwardStep]) -> Step:
        items = [
            f'<li data-leaf="{escape(leaf.name)}">{name_html(leaf.name)} ='
            f" {self.html.value_span(leaf.value)}</li>"
            for leaf in leaves
        ]
        lists = _list(items[:FEW])
        if len(items) > FEW:
            lists += (
                f"<details><summary>{len(items) - FEW} more</summary>{_list(items[FEW:])}</details>"
            )
        count = "1 number" if len(leaves) == 1 else f"{len(leaves)} numbers"
        sentence = f"{count}; all others are computed, one operation at a time."
        if self.derivation.operands:
            sentence = f"{count}: what is asked about, and what the steps read besides."
        if any(step.omitted for step in self.derivation.backward):
            sentence = f"Of all that is given, {count} to follow; the others stand in the formulas."
        names = tuple(leaf.name for leaf in leaves if leaf.leaf)
        return Step("given", "", count, "", sentence, lists, names)

    def forward(self, step: ForwardStep) -> Step:
        output = step.name == self.derivation.output
        position = {name: i for i, name in reversed([*enumerate(step.formula.symbols())])}
        sources = [local.input for local in step.locals]
        sources.sort(key=lambda source: position.get(source, len(position)))
        others = "others" if sources and position.keys() - set(sources) else ""
        inputs = listed(sources or sorted(position, key=position.__getitem__), others)
        sentence = f"{name_html(step.name)} is computed from {inputs or 'nothing'}."
        if step.rests:
            count = sum(rest.count for rest in step.rests)
            if len(step.rests) == 1:
                together = self.html.value_span(step.rests[0].value)
                sentence += f" … stands for {count} more terms, together {together}."
            else:
                sentence += f" The … stand for {count} more terms."
        if output:
            sentence += (
                " It is the output: the backward pass asks how fast it changes with all others."
            )
        return Step(
            "loss" if output else "forward",
            step.name,
            f"value of {step.name}: {self.html.numbers(step.value)}",
            math_tag(name(step.name)),
            sentence,
            equation(
                math_tag(name(step.name)),
                self.html.flowing(step.formula),
                self.html.flowing(step.substituted),
                self.html.value_span(step.value),
            ),
            tuple(filter(self.listed.__contains__, sources)),
            tuple((source, step.name) for source in sources if source in self.listed),
        )

    def backward(self, step: BackwardStep) -> Step:
        users = [c.via for c in step.contributions]
        equations = "".join(self.contribution(step, c) for c in step.contributions)
        if len(users) + step.omitted > 1:
            equations += self.sum(step)
        equations += "".join(f'<p class="note">{escape(note)}</p>' for note in step.notes)
        if step.name in self.chains:
            d, chain = self.derivation, self.chains[step.name]
            equations += paths_list(chain, d.output, self.html, d.ranked, self.listed)
        return Step(
            "backward",
            step.name,
            f"gradient of {self.derivation.output} with respect to {step.name}:"
            f" {self.html.numbers(step.gradient)}",
            math_tag(self.gradient_symbol(step.name)),
            self.use(step),
            equations
            or equation(
                math_tag(self.gradient_symbol(step.name)), self.html.gradient_span(step.gradient)
            ),
            tuple(filter(self.listed.__contains__, users)),
            tuple((step.name, user) for user in users if user in self.listed),
        )

    def use(self, step: BackwardStep) -> str:
        """A sentence about how the node is used, and what that means for its gradient."""
        this, users = name_html(step.name), [c.via for c in step.contributions]
        if step.name == self.derivation.output:
            return f"The backward pass starts here: {this} changes exactly as fast as itself."
        if not users:
            return f"Nothing comes back to {this}: its gradient is 0."
        if len(users) + step.omitted == 1:
            only = f"{this} is used in {listed(users)} only"
            return f"{only}: its gradient is one product, local × upstream."
        more = f"{step.omitted} more" if step.omitted else ""
        return (
            f"{this} is used in {listed(users, more)}."
            " The products that come back through them are added up."
        )

    def contribution(self, step: BackwardStep, c: Contribution) -> str:
        upstream = f'<mrow class="gradient">{self.html.signed(c.upstream)}</mrow>'
        factors = [
            _under(derivative(c.via, step.name), "local"),
            _under(self.gradient_symbol(c.via), "upstream"),
        ]
        rights = [math_tag(self.html.times([self.html.signed(c.local.value), upstream], "×"))]
        if not isinstance(c.local.formula, Number):
            written = self.html.times([self.html.factor(c.local.formula), upstream], "×")
            rights.insert(0, math_tag(written))
        product = equation(
            math_tag(self.html.times(factors, "×")),
            *rights,
            self.html.gradient_span(c.product),
            kind="row",
        )
        title = f'<p class="via">through {name_html(c.via)}</p>'
        return f'<div class="through" data-to="{escape(c.via)}">{title}{product}</div>'

    def sum(self, step: BackwardStep) -> str:
        terms = [c.product for c in step.contributions]
        omitted = ""
        if step.omitted:
            rest = self.html.numbers.balanced(terms, step.gradient)
            together = self.html.gradient_span(rest)
            omitted = f'<p class="via">… and {step.omitted} more, together {together}</p>'
            terms.append(rest)
        added = breakable(self.html.plus(terms))
        left = math_tag(self.gradient_symbol(step.name))
        total = equation(left, added, self.html.gradient_span(step.gradient), kind="row")
        return f'<div class="sum">{omitted}<p class="via">the sum</p>{total}</div>'

    def update(self, u: Update) -> Step:
        moved = move(u)
        joint = "but its step is lost in rounding:" if moved.lost else "so"
        new = f"<msup>{name(u.name)}<mo>+</mo></msup>"
        rate = self.html.value(u.learning_rate)
        in_names = [name(u.name), f"{infix('−')}<mi>η</mi><mo>·</mo>{self.gradient_symbol(u.name)}"]
        numbers = [
            self.html.value(u.old),
            f"{infix('−')}{rate}<mo>·</mo>{self.html.signed(u.gradient)}",
        ]
        return Step(
            "update",
            u.name,
            f"update of {u.name}: {self.html.numbers(u.new)}",
            math_tag(new),
            f"The slope is {moved.slope}, {joint} {name_html(u.name)} {moved.verb}."
            f" The learning rate η is {self.html.number(u.learning_rate)}.",
            equation(
                math_tag(new),
                breakable(in_names),
                breakable(numbers),
                self.html.value_span(u.new),
            ),
        )

    def outcome(self) -> str:
        """What the update did to the output, and the table of its repetitions."""
        d = self.derivation
        said = filter(None, (outcome(d, self.html.numbers), staying(d.stays)))
        return "".join(f"<p>{escape(with_minus_signs(one))}.</p>" for one in said) + descent_html(
            d, self.html
        )


def _list(items: Iterable[str]) -> str:
    return f'<ul class="given">{"".join(items)}</ul>'


def _under(piece: str, word: str) -> str:
    """A piece of a formula with a word below it."""
    return f'<munder><mrow>{piece}</mrow><mtext class="word">{word}</mtext></munder>'
