"""The steps of a derivation, one operation each, as HTML and with what they light up in the graph.

given → forward → loss → backward → update.  Every step is a heading, a sentence, and the formula
that was applied: in names, with numbers, and what it comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from chainrule.explain.derivation import (
    BackwardStep,
    Contribution,
    Derivation,
    ForwardStep,
    Update,
)
from chainrule.explain.numbers import balanced
from chainrule.explain.render.html.mathml import infix, name, slope, wrapped
from chainrule.explain.render.html.notation import Pieces, equation, flow, name_html
from chainrule.explain.render.html.page_paths import paths
from chainrule.graph.formula import Number

__all__ = ["Step", "steps"]

FEW = 24
"""Given numbers that stand open; more are folded behind the first of them."""

Edge = tuple[str, str]
"""From the name of a source to the name of a consumer."""


@dataclass(frozen=True)
class Step:
    """One stop of the walk.

    phase    given, forward, loss, backward or update
    about    the name of the node it is about; nothing for the given numbers
    label    the step in plain words
    title    the heading, as HTML
    says     a sentence, as HTML
    work     the formula that was applied, as HTML
    nodes    names of the other nodes that take part
    edges    the edges that numbers go along
    """

    phase: str
    about: str
    label: str
    title: str
    says: str
    work: str
    nodes: tuple[str, ...] = ()
    edges: tuple[Edge, ...] = ()


def steps(derivation: Derivation, digits: int) -> list[Step]:
    """All steps in the order they are told; there is always at least the start of the way back."""
    return list(_Teller(derivation, digits).steps())


def listed(names: Sequence[str], others: str = "", most: int = 6) -> str:
    """Names in a sentence, the first few of many, and a word for the `others`.

    >>> listed(["x", "y"])
    '<span class="name">x</span> and <span class="name">y</span>'
    """
    names = list(dict.fromkeys(names))
    shown = [name_html(one) for one in names[:most]]
    if len(names) > most:
        others = f"{len(names) - most} more"
    shown += [others] if others else []
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


class _Teller:
    """Tells one derivation with one way of writing numbers."""

    def __init__(self, derivation: Derivation, digits: int) -> None:
        self.d, self.p = derivation, Pieces(digits)
        self.chains = {chain.wrt: chain for chain in derivation.chains}

    def steps(self) -> Iterator[Step]:
        leaves = [step for step in self.d.forward if step.leaf]
        if leaves:
            yield self.given(leaves)
        yield from (self.forward(step) for step in self.d.forward if not step.leaf)
        yield from map(self.backward, self.d.backward)
        yield from map(self.update, self.d.updates)

    def slope(self, by: str) -> str:
        return slope(self.d.output, by)

    def given(self, leaves: Sequence[ForwardStep]) -> Step:
        items = [
            f'<li data-leaf="{escape(leaf.name)}">{name_html(leaf.name)} ='
            f" {self.p.green(leaf.value)}</li>"
            for leaf in leaves
        ]
        work = _list(items[:FEW])
        if len(items) > FEW:
            work += (
                f"<details><summary>{len(items) - FEW} more</summary>{_list(items[FEW:])}</details>"
            )
        count = "1 number" if len(leaves) == 1 else f"{len(leaves)} numbers"
        says = f"{count}; all others are computed, one operation at a time."
        if any(step.omitted for step in self.d.backward):
            says = f"Of all that is given, {count} to follow; the others stand in the formulas."
        names = tuple(leaf.name for leaf in leaves)
        return Step("given", "", count, "", says, work, names)

    def forward(self, step: ForwardStep) -> Step:
        output = step.name == self.d.output
        place = {name: i for i, name in reversed([*enumerate(step.formula.symbols())])}
        sources = [local.input for local in step.locals]
        sources.sort(key=lambda source: place.get(source, len(place)))
        others = "others" if sources and place.keys() - set(sources) else ""
        made_from = listed(sources or sorted(place, key=place.__getitem__), others)
        says = f"{name_html(step.name)} is computed from {made_from or 'nothing'}."
        match step.rests:
            case (rest,):
                together = self.p.green(rest.value)
                says += f" … stands for {rest.count} more terms, together {together}."
            case (_, *_) as rests:
                says += f" The … stand for {sum(rest.count for rest in rests)} more terms."
        if output:
            says += " It is the output: the backward pass asks how fast it changes with all others."
        return Step(
            "loss" if output else "forward",
            step.name,
            f"value of {step.name}: {self.p.write(step.value)}",
            wrapped(name(step.name)),
            says,
            equation(
                wrapped(name(step.name)),
                self.p.flowing(step.formula),
                self.p.flowing(step.substituted),
                self.p.green(step.value),
            ),
            tuple(sources),
            tuple((source, step.name) for source in sources),
        )

    def backward(self, step: BackwardStep) -> Step:
        users = [c.via for c in step.contributions]
        work = "".join(self.contribution(step, c) for c in step.contributions)
        if len(users) + step.omitted > 1:
            work += self.sum(step)
        work += "".join(f'<p class="note">{escape(note)}</p>' for note in step.notes)
        if step.name in self.chains:
            work += paths(self.chains[step.name], self.d.output, self.p, self.d.ranked)
        return Step(
            "backward",
            step.name,
            f"gradient of {self.d.output} with respect to {step.name}:"
            f" {self.p.write(step.gradient)}",
            wrapped(self.slope(step.name)),
            self.use(step),
            work or equation(wrapped(self.slope(step.name)), self.p.red(step.gradient)),
            tuple(users),
            tuple((step.name, user) for user in users),
        )

    def use(self, step: BackwardStep) -> str:
        """How the node is used, and what follows for its gradient."""
        this, users = name_html(step.name), [c.via for c in step.contributions]
        if step.name == self.d.output:
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
        upstream = f'<mrow class="gradient">{self.p.signed(c.upstream)}</mrow>'
        factors = [
            _under(slope(c.via, step.name), "local"),
            _under(self.slope(c.via), "upstream"),
        ]
        rights = [wrapped(self.p.times([self.p.signed(c.local.value), upstream], "×"))]
        if not isinstance(c.local.formula, Number):
            written = self.p.times([self.p.factor(c.local.formula), upstream], "×")
            rights.insert(0, wrapped(written))
        work = equation(
            wrapped(self.p.times(factors, "×")), *rights, self.p.red(c.product), kind="row"
        )
        title = f'<p class="via">through {name_html(c.via)}</p>'
        return f'<div class="through" data-to="{escape(c.via)}">{title}{work}</div>'

    def sum(self, step: BackwardStep) -> str:
        terms = [c.product for c in step.contributions]
        made = ""
        if step.omitted:
            rest = balanced(self.p.write, terms, step.gradient)
            made = f'<p class="via">… and {step.omitted} more, together {self.p.red(rest)}</p>'
            terms.append(rest)
        added = flow(self.p.plus(terms))
        left = wrapped(self.slope(step.name))
        total = equation(left, added, self.p.red(step.gradient), kind="row")
        return f'<div class="sum">{made}<p class="via">the sum</p>{total}</div>'

    def update(self, u: Update) -> Step:
        moves = "stays" if u.gradient == 0 else "falls" if u.gradient > 0 else "rises"
        slope_ = "zero" if u.gradient == 0 else "positive" if u.gradient > 0 else "negative"
        new = f"<msup>{name(u.name)}<mo>+</mo></msup>"
        rate = self.p.value(u.learning_rate)
        in_names = [name(u.name), f"{infix('−')}<mi>η</mi><mo>·</mo>{self.slope(u.name)}"]
        numbers = [self.p.value(u.old), f"{infix('−')}{rate}<mo>·</mo>{self.p.signed(u.gradient)}"]
        return Step(
            "update",
            u.name,
            f"update of {u.name}: {self.p.write(u.new)}",
            wrapped(new),
            f"The slope is {slope_}, so {name_html(u.name)} {moves}."
            f" The learning rate η is {self.p.number(u.learning_rate)}.",
            equation(wrapped(new), flow(in_names), flow(numbers), self.p.green(u.new)),
        )


def _list(items: Iterable[str]) -> str:
    return f'<ul class="given">{"".join(items)}</ul>'


def _under(piece: str, word: str) -> str:
    """A piece with the word for it below."""
    return f'<munder><mrow>{piece}</mrow><mtext class="word">{word}</mtext></munder>'
