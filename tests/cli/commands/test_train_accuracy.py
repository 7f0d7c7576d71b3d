"""`chainrule train digits` reaches the accuracy that the README states."""

from __future__ import annotations

import json
import statistics

import pytest


@pytest.mark.slow
@pytest.mark.usefixtures("one_figure")
def test_digits_over_six_seeds(call):
    found = [json.loads(call("train", "digits", "--json", "--seed", seed).out) for seed in range(6)]
    assert {run["rows"] for run in found} == {1797}
    assert all(run["stopped_early"] for run in found)
    accuracies = [run["test_accuracy"] for run in found]
    assert min(accuracies) >= 0.96, accuracies
    assert statistics.mean(accuracies) >= 0.975, accuracies
