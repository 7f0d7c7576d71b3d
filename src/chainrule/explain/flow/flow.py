"""What `flow` returns: how the gradient shrinks and grows, and what one entry's gradient is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.autodiff.reverse import check_scalar
from chainrule.errors import OptionError
from chainrule.explain.derivation.build import resolved
from chainrule.explain.entries.domain import check_domain
from chainrule.explain.entries.names import entries
from chainrule.explain.entries.units import Unit, units
from chainrule.explain.flow.gains import LayerGain, gains
from chainrule.explain.flow.kinds import Kind
from chainrule.explain.flow.through import EntryFlow, entry_flow
from chainrule.explain.numbers import check_digits
from chainrule.graph import Graph, Node
from chainrule.ops import Tensor

__all__ = ["Flow", "flow"]

MANY = 20
"""Entries whose flow is told at once."""


@dataclass(frozen=True, repr=False)
class Flow:
    """The gradient on its way back: layer by layer, and for single entries neuron by neuron.

    It prints as text and converts as an `Explanation` does; `figures.shrinkage` and
    `figures.neurons` draw it.

    output, value  what is differentiated
    layers         from the output back, with the factors of each; see `LayerGain`
    entries        for each entry asked about, what flows through each neuron; see `EntryFlow`
    """

    output: str
    value: float
    layers: tuple[LayerGain, ...]
    entries: tuple[EntryFlow, ...]
    title: str = ""
    digits: int = 6

    def __str__(self) -> str:
        from chainrule.explain.render.text.flow import text

        return text(self)

    def __repr__(self) -> str:
        return f"<flow of {self.output} = {self.value:g}, {len(self.layers)} layers>"

    def to_latex(self, document: bool = True) -> str:
        """LaTeX that needs nothing but amsmath; a complete document, or a fragment to include."""
        from chainrule.explain.render.latex.flow import latex

        return latex(self, document=document)

    def to_html(self, picture: bytes = b"") -> str:
        """A complete page that asks for nothing; `picture`, an SVG file, stands on top of it."""
        from chainrule.explain.render.html.flow import page

        return page(self, picture)

    def _repr_html_(self) -> str:
        from chainrule.explain.render.html.flow import html

        return html(self)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form as Python objects."""
        from chainrule.explain.render.json.flow import data

        return data(self)

    def to_json(self) -> str:
        """One JSON object, with full float64 digits."""
        from chainrule.explain.render.json.flow import json

        return json(self)


def flow(
    output: Tensor,
    wrt: str | Tensor | Sequence[str | Tensor] | None = None,
    *,
    inputs: Sequence[str | Tensor] = (),
    steps: str | None = None,
    digits: int = 6,
    title: str = "",
) -> Flow:
    """How the gradient of `output` shrinks and grows on its way back, and why.

    ‖∂output/∂end‖ = ‖∂output/∂start‖ · gain,   gain = activation · weights · other

    for each layer: the slope of its activation, its weights, and what else there is.

    wrt     entries, as for `explain`: for each, how much of its gradient flows through every neuron
            and, of a parameter used several times, through every use of it
    inputs  variables, if there are any, to which the layers are followed; those of `wrt` too
    steps   "gates" or "names", as for `explain`
    digits  places after the point, for people

    Raises DomainError, UnknownNameError, OptionError.

    >>> import chainrule as cr
    >>> x, w = cr.variables(x=1.0, w=0.5)
    >>> z = (w * x).named("z")
    >>> (layer,) = flow(cr.sigmoid(z).named("a"), inputs=["x"]).layers
    >>> layer.start, layer.end, layer.by, layer.weights, round(layer.activation, 4)
    (('a',), ('x',), ('w',), 0.5, 0.235)
    """
    check_digits(digits)
    check_scalar(output, "flow")
    graph = Graph.of([output.node])
    check_domain(graph)
    shown = units(graph, resolved(graph, steps))
    wanted = [wrt] if isinstance(wrt, (str, Tensor)) else wrt or ()
    cells = [cell for one in wanted for cell in entries(graph, one)]
    followed = [cell for one in inputs for cell in entries(graph, one)]
    if len(cells) > MANY:
        raise OptionError(
            "flow", expected=f"at most {MANY} entries", got=f"{len(cells)}", remedy="name fewer"
        )
    return Flow(
        output=graph.names()[output.node],
        value=float(output.value.ravel()[0]),
        layers=tuple(_layers(shown, graph, [cell.node for cell in (*followed, *cells)])),
        entries=tuple(entry_flow(graph, shown, cell) for cell in cells),
        title=title,
        digits=digits,
    )


def _layers(shown: Mapping[Node, Unit], graph: Graph, asked: Iterable[Node]) -> list[LayerGain]:
    """All layers; and on to the first variable asked about that weights lead to from the last."""
    found = gains(shown, graph)
    for node in dict.fromkeys(asked):
        if node.primitive is None:
            further = gains(shown, graph, node)
            *before, last = [step for layer in further for step in layer.steps] or [None]
            same = [step for layer in found for step in layer.steps] == before
            if same and last is not None and last.kind is Kind.WEIGHTS:
                return further
    return found
