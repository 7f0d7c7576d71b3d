"""The alignment of a pair: to which tokens of the source each token of the answer attends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from chainrule import ops
from chainrule.domains.pairs.network import PairNetwork
from chainrule.domains.pairs.texts.coder import PairCoder
from chainrule.domains.pairs.texts.tokens import END, START, shown
from chainrule.graph import Array
from chainrule.nn import MultiHeadAttention
from chainrule.ops.tensor import constant
from chainrule.train.figures.axes_style import INK, canvas, drawn

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["alignment", "alignment_figure", "draw_alignment"]

MOST_DRAWN = 60
"""The most tokens of a side that a picture shows."""


def alignment(network: PairNetwork, source: Sequence[int], answer: Sequence[int]) -> Array:
    """The weights (T, S) of the tokens of a source for each token of an answer, in the last block.

    They are means over the heads; each row sums to 1.  The answer begins with the start sign, and
    the row of a token is that of the step which made it.
    """
    scope = network.scope()
    inputs = {"source": constant(np.array([source])), "answer": constant(np.array([answer]))}
    network.apply(scope, inputs)
    block = network.decoder[-1]
    queries, memory = scope.outputs[f"{block}.norm2"], scope.outputs["encoded"]
    cross = network.children[block].children["cross"]
    assert isinstance(cross, MultiHeadAttention), "as the block has it"
    weight, bias = (cross.parameters()[name].value for name in ("in_weight", "in_bias"))
    width, heads = cross.features, cross.heads

    def projected(x: Array, part: int) -> Array:
        rows = slice(part * width, (part + 1) * width)
        z = x[0] @ weight[rows].T + bias[rows]
        return z.reshape(len(z), heads, -1).swapaxes(0, 1)

    q, k = projected(queries.value, 0), projected(memory.value, 1)
    return ops.attention_weights(q, k).value.mean(axis=0)


@drawn
def draw_alignment(weights: Array, source: Sequence[str], answer: Sequence[str]) -> Figure:
    """Weights (T, S) as a grid: a row for each token of the answer, darker for more weight.

    >>> figure = draw_alignment(np.eye(2), ["a", " "], ["A", "⟨end⟩"])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['a', '␣']
    """
    rows, columns = weights.shape
    longest = max(map(len, source))
    width = min(14.0, max(5.2, 1.8 + 0.24 * columns))
    figure, axes = canvas(
        width, min(12.0, 1.7 + 0.24 * rows + 0.07 * longest), "Where the answer attends"
    )
    image = axes.imshow(weights, cmap="Blues", vmin=0.0, aspect="auto")
    axes.set_xticks(range(columns), [*map(shown, source)])
    axes.set_yticks(range(rows), [*map(shown, answer)])
    axes.tick_params(length=0, labelsize=9)
    if longest > 2:
        axes.tick_params(axis="x", rotation=90)
    axes.set_xlabel("tokens of the source", color=INK)
    axes.set_ylabel("tokens of the answer, first to last", color=INK)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("weight", color=INK)
    bar.outline.set_visible(False)  # type: ignore[operator]
    return figure


def alignment_figure(
    network: PairNetwork, coder: PairCoder, source: str, answer: Sequence[int]
) -> Figure:
    """The picture of a source and the numbers of its answer, cut to what can be read."""
    numbers = coder.source.encode(source)[:MOST_DRAWN]
    tokens = [*answer[: MOST_DRAWN - 1], END]
    weights = alignment(network, numbers, [START, *tokens])
    labels = coder.source.split(source)[:MOST_DRAWN]
    return draw_alignment(weights, labels, [coder.answer.label(one) for one in tokens])
