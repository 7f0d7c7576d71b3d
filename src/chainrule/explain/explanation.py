"""The public `Explanation` and `explain`: a derivation, shown in every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chainrule.autodiff.reverse import warn_if_taken
from chainrule.errors import OptionError, UnknownNameError
from chainrule.graph import Graph
from chainrule.ops import Tensor

if TYPE_CHECKING:
    from chainrule.explain.derivation import Derivation
    from chainrule.explain.entry_labels import EntryLabels
    from chainrule.formula.numbers import NumberStyle

__all__ = ["Explanation", "explain"]

MAX_PATHS = 1000
"""The most paths that can be asked for; nobody reads a longer list."""


MAX_REPEAT = 1000
"""The most updates one after the other, each of which is a row of a table."""


class Explanation:
    """A derivation that prints as text and converts to JSON, LaTeX, HTML and SVG."""

    def __init__(
        self,
        derivation: Derivation,
        digits: int = 6,
        record: Tensor | None = None,
        numbers: NumberStyle | None = None,
    ) -> None:
        from chainrule.formula.numbers import NumberStyle

        self.derivation, self.record = derivation, record
        self._unlabelled = derivation
        self.numbers = numbers or NumberStyle(digits)

    def labelled(self, labels: EntryLabels) -> Explanation:
        """The same explanation with the names and units of a table."""
        found = Explanation(labels.derivation(self.derivation), self.digits, self.record)
        found.numbers, found._unlabelled = self.numbers, self.derivation
        return found

    @property
    def digits(self) -> int:
        """Places after the point."""
        return self.numbers.digits

    def __str__(self) -> str:
        from chainrule.explain.render.text.derivation import text

        return text(self.derivation, self.numbers)

    def __repr__(self) -> str:
        d = self.derivation
        return f"<explanation of {d.output} = {d.value:g}, {len(d.forward)} nodes>"

    def to_json(self) -> str:
        """The stable JSON form, with full float64 digits."""
        from chainrule.explain.render.json.derivation import json

        return json(self.derivation)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as Python objects."""
        from chainrule.explain.render.json.derivation import data

        return data(self.derivation)

    def to_latex(self, document: bool = True) -> str:
        """LaTeX that needs only amsmath: a complete document, or a fragment to include."""
        from chainrule.explain.render.latex.derivation import latex

        return latex(self.derivation, self.numbers, document=document)

    def to_html(self) -> str:
        """A complete page that loads nothing else: the graph, and a tour through every step.

        Raises OptionError for a page larger than 20 MB.
        """
        from chainrule.explain.render.html.page import page

        return page(self.derivation, self.numbers)

    def to_svg(self, edges: str | None = None, title: str | None = None) -> str:
        """A drawing: the circuit with its values and gradients, or the network in columns.

        edges   "weight" or "gradient": columns of neurons, joined by lines as wide as their weights
                are large, or as the gradients with respect to these.  None draws the circuit, but
                the network by gradient if the derivation omits parts of a large record
        title   a heading; that of the derivation if None

        Raises UnknownNameError for other edges, OptionError for a record that is no network.

        >>> import chainrule as cr
        >>> x, y = cr.variables(x=3.0, y=4.0)
        >>> cr.explain((x * y).named("f")).to_svg()[:4]
        '<svg'
        """
        from chainrule.explain.drawing import circuit
        from chainrule.explain.render.svg.circuit import svg
        from chainrule.explain.render.svg.network import EDGES, svg_network

        if edges not in (None, *EDGES):
            raise UnknownNameError("edges", edges, EDGES)
        d = self.derivation if title is None else replace(self.derivation, title=title)
        number = d.writer(self.numbers)
        columns = None
        if self.record is not None and (edges or any(step.omitted for step in d.backward)):
            from chainrule.explain.drawing.network_diagram import network

            columns = network(self.record, replace(self._unlabelled, title=d.title))
        if columns is not None:
            return svg_network(columns, edges or "gradient", number)
        if edges is not None:
            raise OptionError(
                "edges",
                expected="a network, layers of several neurons, of at most some million edges",
                got=f"{d.output}, which is none",
                remedy="leave it out for the circuit",
            )
        return svg(circuit(d, number), number)

    def _repr_html_(self) -> str:
        from chainrule.explain.render.html.fragment import html

        return html(self.derivation, self.numbers)


def explain(
    output: Tensor,
    wrt: str | Tensor | Sequence[str | Tensor] | None = None,
    *,
    learning_rate: float | None = None,
    parameters: Sequence[str] | None = None,
    steps: str | None = None,
    digits: int = 6,
    title: str = "",
    paths: int | None = None,
    inputs: Sequence[str] = (),
    repeat: int = 1,
    trim: bool = False,
    significant: int | None = None,
    rounding: str = "half-even",
    round_intermediate: int | None = None,
    decimal_comma: bool = False,
    full: bool = False,
) -> Explanation:
    """Explain where every number of a gradient comes from.

    Shows the forward pass, the backward pass as local × upstream = product, the products of the
    chain rule along the paths to each of `wrt`, and with a `learning_rate` the update.

    wrt         names, tensors, or single entries such as "layers.0.weight[5, 30]"; None for all
                variables.  Required for a record of more than a few hundred entries, of which
                only what they lead to is explained
    parameters  names updated with the learning rate; if None those of `wrt` without the inputs x…
                and i… and the targets t… and y… of a network, which stay as they are
    steps       "gates": every operation is a step; "names": every named result is.  By default
                "names" for arrays with named results, else "gates"
    digits      decimal places of the numbers people read; JSON has all digits
    paths       how many of the largest paths to each of `wrt` to show, each with every factor, next
                to the number of all paths and the sums of the positive and the negative ones
    inputs      further names that the update leaves as they are
    repeat      how many times the update is made, each time at the new gradient
    trim        whether to show only what leads from `wrt` to the output

    significant, rounding, decimal_comma
                significant digits in place of decimal places; "half-even" or "half-up"; a comma in
                place of the point: see `chainrule.formula.numbers.NumberStyle`
    round_intermediate
                decimal places (significant digits, if these are asked for) to which every computed
                number is rounded before it is used, as in a computation by hand.  The explanation
                then ends with how far that leads from the exact value and gradients

    full        whether to explain a large record without limits: all selected steps, all paths, all
                gradients, however long that takes.  By default the largest steps are worked out,
                as many as fit some 400 lines and a few seconds, and only what leads from `wrt` to
                the output is differentiated; sums add up all the same

    Raises DomainError if a step leaves its domain, UnknownNameError, OptionError.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=3.0, y=4.0)
    >>> print(cr.explain((x * y).named("f"), wrt="x"))
    GIVEN
      x = 3   y = 4
    <BLANKLINE>
    FORWARD PASS  each value from the ones before it
      f = x·y = 3·4 = 12
    ...
    """
    from chainrule.explain.derivation.build import build  # not needed to import chainrule
    from chainrule.explain.derivation.question import Question
    from chainrule.formula.numbers import NumberStyle

    numbers = NumberStyle(digits, significant, rounding, decimal_comma)
    if learning_rate is not None and not 0 < learning_rate < float("inf"):
        raise OptionError("learning rate", expected="a positive number", got=f"{learning_rate}")
    wanted = [wrt] if isinstance(wrt, (str, Tensor)) else wrt
    if paths is not None and not 0 <= paths <= MAX_PATHS:
        raise OptionError("paths", expected=f"a whole number from 0 to {MAX_PATHS}", got=f"{paths}")
    if not 1 <= repeat <= MAX_REPEAT:
        raise OptionError("repeat", expected=f"a number from 1 to {MAX_REPEAT}", got=f"{repeat}")
    question = Question(
        wanted, learning_rate, parameters, steps, title, paths, inputs, repeat, trim, full
    )
    for leaf in Graph.of([output.node]).inputs:
        warn_if_taken(Tensor(leaf), output)
    if round_intermediate is None:
        derivation = build(output, question)
    elif repeat > 1:
        raise OptionError(
            "round-intermediate",
            expected="one update",
            got=f"{repeat} of them",
            remedy="leave it out, or make one update",
        )
    else:
        from chainrule.explain.derivation.by_hand import build_by_hand

        style = numbers.to(round_intermediate, "round-intermediate")
        derivation = build_by_hand(output, question, style)
    return Explanation(derivation, digits, output, numbers)
