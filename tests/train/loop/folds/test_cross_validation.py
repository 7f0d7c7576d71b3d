"""What folds found: means, deviations, and lines of JSON that survive a kill."""

from __future__ import annotations

import math
import statistics

import pytest

from chainrule.errors import RunError
from chainrule.train.loop.folds.cross_validation import CrossValidation, FoldRecord
from chainrule.train.loop.folds.fold_lines import from_lines, to_lines

FOLDS = tuple(
    FoldRecord(i + 1, 9, 80, 20, loss, metric, 0.5)
    for i, (loss, metric) in enumerate([(0.25, 0.9), (0.5, 0.7), (0.1, 0.95)])
)


def test_means_and_deviations():
    found = CrossValidation("accuracy", FOLDS)
    losses, metrics = [f.loss for f in FOLDS], [f.metric for f in FOLDS]
    assert found.loss == pytest.approx((statistics.mean(losses), statistics.stdev(losses)))
    assert found.score == pytest.approx((statistics.mean(metrics), statistics.stdev(metrics)))
    entries = found.to_dict()
    assert entries["mean"] == {"test_loss": found.loss[0], "test_accuracy": found.score[0]}
    assert entries["sd"] == {"test_loss": found.loss[1], "test_accuracy": found.score[1]}
    assert entries["folds"][1]["test_accuracy"] == 0.7
    assert [fold["fold"] for fold in entries["folds"]] == [1, 2, 3]


def test_without_a_metric():
    bare = tuple(FoldRecord(i, 9, 80, 20, 0.5, None, 0.5) for i in (1, 2))
    found = CrossValidation(None, bare)
    assert found.score is None
    assert found.to_dict()["mean"] == {"test_loss": 0.5}


def test_lines_keep_every_bit():
    odd = FoldRecord(4, 9, 80, 20, 0.1 + 0.2, float("-inf"), 1 / 3)
    lines = to_lines([(9, record) for record in (*FOLDS, odd)])
    assert from_lines(lines) == {record.fold: (9, record) for record in (*FOLDS, odd)}
    nothing = FoldRecord(1, 9, 80, 20, 0.5, float("nan"), 0.5)
    assert math.isnan(from_lines(to_lines([(9, nothing)]))[1][1].metric)


@pytest.mark.parametrize("length", range(1, 60, 7))
def test_a_line_that_was_cut_off(length: int):
    lines = to_lines([(9, FOLDS[0])])
    cut = to_lines([(9, FOLDS[1])])[:length]
    assert from_lines(lines + cut) == {1: (9, FOLDS[0])}


def test_the_last_line_of_a_fold_counts():
    later = FoldRecord(1, 20, 80, 20, 0.01, 0.99, 0.5)
    assert from_lines(to_lines([(9, FOLDS[0]), (20, later)])) == {1: (20, later)}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (('"fold": 1', '"fold": 0'), "a whole number from 1 on"),
        (('"fold": 1', '"fold": "1"'), "fold"),
        (('"loss": 0.25', '"loss": null'), "loss"),
        (('"rows": 20', '"rows": 1e99'), "rows"),
        (('"fold": 1, ', ""), "fold"),
        (("{", "["), "JSONDecodeError"),
    ],
)
def test_lines_that_are_none(changed, said):
    line = to_lines([(9, FOLDS[0])]).decode().replace(*changed, 1)
    with pytest.raises(RunError) as raised:
        from_lines(line.encode() + to_lines([(9, FOLDS[1])]), "run/folds.jsonl")
    assert "run/folds.jsonl, line 1" in str(raised.value)
    assert "train the folds again" in str(raised.value)
