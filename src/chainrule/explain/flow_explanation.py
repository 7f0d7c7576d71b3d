"""The public `Flow` and `flow`: how a gradient shrinks and grows, shown in every form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chainrule.autodiff.reverse import check_scalar, warn_if_taken
from chainrule.errors import OptionError
from chainrule.explain.flow import GradientFlow
from chainrule.graph import Graph
from chainrule.ops import Tensor, inline

if TYPE_CHECKING:
    from chainrule.explain.flow.over_time.parts import TimeFlow

__all__ = ["Flow", "flow"]

MAX_ENTRIES = 20
"""The most entries whose flow can be asked for at once."""


@dataclass(frozen=True, repr=False)
class Flow(GradientFlow):
    """The gradient on its way back: layer by layer, and for single entries neuron by neuron.

    It prints as text and converts as an `Explanation` does; `figures.shrinkage` and
    `figures.neurons` draw it.

    output, value  what is differentiated
    layers         from the output back, with the factors of each; see `LayerGain`
    entries        for each entry asked about, what flows through each neuron; see `EntryFlow`
    recurrences    back in time through each recurrence, if that was asked for; see `TimeFlow`
    """

    def __str__(self) -> str:
        from chainrule.explain.render.text.flow import text

        return text(self)

    def __repr__(self) -> str:
        return f"<flow of {self.output} = {self.value:g}, {len(self.layers)} layers>"

    def to_latex(self, document: bool = True) -> str:
        """LaTeX that needs only amsmath: a complete document, or a fragment to include."""
        from chainrule.explain.render.latex.flow import latex

        return latex(self, document=document)

    def to_html(self, picture: bytes = b"") -> str:
        """A complete page that loads nothing else; `picture`, an SVG file, is put at its top."""
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
    significant: int | None = None,
    rounding: str = "half-even",
    decimal_comma: bool = False,
    full: bool = False,
    over_time: bool = False,
) -> Flow:
    """Measure how the gradient of `output` shrinks and grows on its way back, and why.

    ‖∂output/∂end‖ = ‖∂output/∂start‖ · gain,   gain = activation · weights · other

    for each layer: the slope of its activation, its weights, and its other factors.

    wrt     entries, as for `explain`: for each, how much of its gradient flows through every neuron
            and, for a parameter that is used several times, through every use of it
    inputs  more variables, in addition to those of `wrt`, to which the layers are followed
    steps   "gates" or "names", as for `explain`
    digits  decimal places of the numbers people read; `significant`, `rounding` and
            `decimal_comma` as for `explain`
    full    whether to follow an entry of `wrt` along however many edges between neurons there are;
            by default more than a million are refused
    over_time  whether to follow the gradient from step to step of each `scan` or recurrent layer,
            instead of from layer to layer: by lag, with the factor of the slopes and gates, that
            of the recurrent weights, and what passes no weights

    Raises DomainError, UnknownNameError, OptionError; the last also if there is no recurrence.

    >>> import chainrule as cr
    >>> x, w = cr.variables(x=1.0, w=0.5)
    >>> z = (w * x).named("z")
    >>> (layer,) = flow(cr.sigmoid(z).named("a"), inputs=["x"]).layers
    >>> layer.start, layer.end, layer.by, layer.weights, round(layer.activation, 4)
    (('a',), ('x',), ('w',), 0.5, 0.235)
    """
    from chainrule.explain.entries import check_domain, entries_named, partition, resolution_of
    from chainrule.explain.flow.entry_flow import entry_flow
    from chainrule.explain.flow.layer_gains import layer_gains
    from chainrule.formula.numbers import NumberStyle

    numbers = NumberStyle(digits, significant, rounding, decimal_comma)
    check_scalar(output, "flow")
    graph = Graph.of([output.node])
    for leaf in graph.inputs:
        warn_if_taken(Tensor(leaf), output)
    found = Flow(
        output=graph.names()[output.node],
        value=float(output.value.ravel()[0]),
        layers=(),
        entries=(),
        title=title,
        digits=digits,
        numbers=numbers,
        recurrences=_over_time(graph) if over_time else (),
    )
    if over_time and wrt is None:
        return found  # the steps need not be recorded one by one
    graph = inline(graph)
    check_domain(graph)
    subgraphs = partition(graph, resolution_of(graph, steps))
    wanted = [wrt] if isinstance(wrt, (str, Tensor)) else wrt or ()
    entries = [entry for one in wanted for entry in entries_named(graph, one)]
    followed = [entry for one in inputs for entry in entries_named(graph, one)]
    if len(entries) > MAX_ENTRIES:
        raise OptionError(
            "flow",
            expected=f"at most {MAX_ENTRIES} entries",
            got=f"{len(entries)}",
            remedy="name fewer",
        )
    ends = [entry.node for entry in (*followed, *entries)]
    return replace(
        found,
        layers=() if over_time else tuple(layer_gains(subgraphs, graph, ends)),
        entries=tuple(entry_flow(graph, subgraphs, entry, full) for entry in entries),
    )


def _over_time(graph: Graph) -> tuple[TimeFlow, ...]:
    from chainrule.explain.flow.over_time.time_flows import time_flows

    found = time_flows(graph)
    if not found:
        raise OptionError(
            "flow over time",
            expected="a record with a recurrence, such as cr.scan or a recurrent layer",
            got="one without",
            remedy="leave over_time out",
        )
    return found
