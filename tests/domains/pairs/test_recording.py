"""The recorded loss of one pair: its value, its gradients, and the names of its tokens."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.domains.pairs.domain import DOMAIN
from chainrule.domains.pairs.network import PairLoss
from chainrule.domains.pairs.options import PairOptions
from chainrule.domains.pairs.recording import record_pair
from chainrule.errors import ChainruleError
from chainrule.explain import explain

OPTIONS = PairOptions("dates", rows=30, hidden=8, dtype="float64")


@pytest.fixture(scope="module")
def parts():
    material = DOMAIN.load(OPTIONS)
    return DOMAIN.network(OPTIONS, material.coder), material.coder, material.dataset.test


def test_the_pair_with_the_largest_loss(parts):
    network, _, part = parts
    losses = [
        PairLoss()(
            network({name: one[i : i + 1] for name, one in part.x.items()}), part.y[i : i + 1]
        ).item()
        for i in range(len(part))
    ]
    found = record_pair(*parts, "held out", (), ())
    assert found.loss.item() == pytest.approx(max(losses), rel=1e-12)
    assert f"pair {np.argmax(losses)} held out" in found.title
    assert found.wrt[0].startswith("out.weight[")


def test_tokens_are_labels(parts):
    found = record_pair(
        *parts, "held out", [1], ["out.weight['2', 0]", "embed_source.weight['0', 1]"]
    )
    labels = found.labels
    assert [labels.label(name) for name in found.wrt] == [
        "out.weight['2', 0]",
        "embed_source.weight['0', 1]",
    ]
    first = labels.axes["source"][1]
    assert first is not None
    assert first[0].endswith("@1")
    text = str(
        explain(found.loss, wrt=found.wrt, steps="names", title=found.title).labelled(labels)
    )
    assert "out.weight['2', 0]" in text


def test_mistakes(parts):
    for rows, wrt, message in (
        ([99], (), "expected a pair between 0 and"),
        ([0, 1], (), "expected one pair"),
        ([0], ["nothing"], "did you mean|one of"),
        ([0], ["out.weight['ä', 0]"], "expected one of"),
    ):
        with pytest.raises(ChainruleError, match=message):
            record_pair(*parts, "held out", rows, wrt)
