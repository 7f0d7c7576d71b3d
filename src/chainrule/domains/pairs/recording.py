"""The loss of a held-out pair, recorded to be explained, with its tokens as labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.domains.pairs.network import PairNetwork
from chainrule.domains.pairs.texts.coder import PairCoder
from chainrule.domains.pairs.texts.tokens import SIGNS, Vocabulary, shown
from chainrule.errors import OptionError, UnknownNameError
from chainrule.explain.entry_labels import EntryLabels
from chainrule.graph import Graph
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Part
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["record_pair"]

Labels = dict[str, Sequence[Sequence[str] | None]]


def record_pair(
    network: PairNetwork,
    coder: PairCoder,
    part: Part,
    place: str,
    rows: Sequence[int],
    wrt: Sequence[str],
) -> RecordedLoss:
    """Record the loss of one pair of a part, without its padding; see `DataDomain.record`."""
    if len(rows) > 1:
        raise OptionError(
            "sample", expected="one pair", got=f"{len(rows)}", remedy="name one of them"
        )
    row = rows[0] if rows else _worst(network, part)
    if not 0 <= row < len(part):
        expected = f"a pair between 0 and {len(part) - 1}"
        raise OptionError("sample", expected=expected, got=str(row))
    source = _without_padding(part.x["source"][row])
    answer = _without_padding(part.x["answer"][row])
    scope = network.scope()
    inputs = {
        "source": constant(source[None]).named("source"),
        "answer": constant(answer[None]).named("answer"),
    }
    losses = network.apply(scope, inputs)
    loss = ops.mean(losses).named("loss")
    labels = EntryLabels(_axes(coder, scope.outputs, source, answer))
    known = list(Graph.of([loss.node]).names().values())
    plain = tuple(labels.plain(name) for name in wrt)
    for name in plain:
        if name.partition("[")[0].strip() not in known:
            raise UnknownNameError("wrt", name, known)
    plain = plain or (_largest(loss),)
    texts = f"{coder.source.decode(source)!r} → {coder.answer.decode(answer)!r}"
    about = f"pair {row} {place}, {texts}" + ", the one it gets most wrong" * (not rows)
    title = f"The gradient of {' and '.join(map(labels.label, plain))}, for {about}"
    return RecordedLoss(loss, plain, title, about, labels)


def _without_padding(numbers: Any) -> Any:
    return numbers[numbers != 0]


def _worst(network: PairNetwork, part: Part) -> int:
    """The pair with the largest mean loss of its tokens."""
    losses = network.predict(part.x)[..., 0] * part.y
    return int((losses.sum(axis=1) / part.y.sum(axis=1)).argmax())


def _axes(coder: PairCoder, outputs: Any, source: Any, answer: Any) -> Labels:
    """Labels for the tokens in what the embeddings and the ends of both sides return."""
    sources = _labels([coder.source.label(int(one)) for one in source])
    given = _labels([coder.answer.label(int(one)) for one in answer[:-1]])
    sizes = coder.sizes
    known = [_quoted(coder.source, sizes[0]), _quoted(coder.answer, sizes[1])]
    sides = {
        "embed_source": (None, sources, None),
        "encoded": (None, sources, None),
        "embed_answer": (None, given, None),
        "decoded": (None, given, None),
        "out": (None, given, known[1]),
    }
    axes: Labels = {
        "source": (None, sources),
        "answer": (None, _labels([coder.answer.label(int(one)) for one in answer])),
        "embed_source.weight": (known[0], None),
        "embed_answer.weight": (known[1], None),
        "out.weight": (known[1], None),
        "out.bias": (known[1],),
    }
    for path, labels in sides.items():
        name = outputs[path].node.name if path in outputs else None
        if name:
            axes[name] = labels
    return axes


def _labels(tokens: Sequence[str]) -> list[str]:
    """Tokens with the step of each, from 1, so that those which occur twice differ."""
    return [f"{shown(token)}@{step}" for step, token in enumerate(tokens, 1)]


def _quoted(side: Vocabulary, size: int) -> list[str]:
    """The tokens of a vocabulary; in quotes, since some are digits, which indices are, too."""
    return [f"'{side.label(i)}'" if i >= len(SIGNS) else side.label(i) for i in range(size)]


def _largest(loss: Tensor) -> str:
    """The weight with the largest gradient: of the output, next to the loss, or before it."""
    gradient = np.abs(loss.gradients()["out.weight"].value)
    index = np.unravel_index(int(gradient.argmax()), gradient.shape)
    return f"out.weight[{', '.join(str(int(i)) for i in index)}]"
