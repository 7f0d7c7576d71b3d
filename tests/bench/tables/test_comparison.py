"""The bench of tables: the same rows for all contestants, ranks, and what is marked."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier

from chainrule.bench.tables.comparison import (
    MLP,
    MLP_STOPPING,
    OURS,
    TableResult,
    compare,
    mean_ranks,
)
from chainrule.bench.tables.markdown_report import markdown_report
from chainrule.bench.tables.read_table import Rows, read_table, split
from chainrule.bench.tables.sklearn_contestants import BOOSTING, encode
from chainrule.bench.tables.table_list import BenchTable, select_tables

IRIS, DIABETES = select_tables(["iris", "diabetes"])[::-1]


def test_a_split_is_disjoint_seeded_and_stratified():
    frame = read_table(IRIS)
    assert frame is not None
    numbered = frame.with_row_index("number")
    rows = split(numbered, IRIS, 3)
    numbers = [*rows.train["number"], *rows.test["number"]]
    assert sorted(numbers) == list(range(150))
    counts = rows.test["target"].value_counts()["count"].to_list()
    assert len(rows.test) == 38
    assert max(counts) - min(counts) <= 1
    assert split(numbered, IRIS, 3).test.equals(rows.test)
    assert not split(numbered, IRIS, 4).test.equals(rows.test)


def test_inputs_of_scikit_learn_are_standardised_and_one_hot_by_training_rows():
    train = pl.DataFrame({"a": [1.0, 3.0, None], "b": ["x", None, "x"], "y": [0, 1, 0]})
    test = pl.DataFrame({"a": [None], "b": ["z"], "y": [1]}, schema_overrides={"a": pl.Float64})
    x, x_test = encode(Rows(train, test), "y")
    scale = np.sqrt(2 / 3)  # of 1, 3 and the median 2
    np.testing.assert_allclose(x, [[-1 / scale, 0, 1], [1 / scale, 1, 0], [0, 0, 1]])
    np.testing.assert_allclose(x_test, [[0, 0, 0]])


def test_every_contestant_learns_a_table_of_each_task():
    results, missing = compare([IRIS, DIABETES], 1)
    assert missing == []
    assert [set(one.scores) for one in results] == [{OURS, MLP, MLP_STOPPING, BOOSTING}] * 2
    frame = read_table(IRIS)
    assert frame is not None
    rows = split(frame, IRIS, 0)
    x, x_test = encode(rows, "target")
    baseline = DummyClassifier().fit(x, rows.train["target"]).score(x_test, rows.test["target"])
    assert min(results[0].mean(name) for name in results[0].scores) > float(baseline) + 0.3
    assert min(results[1].mean(name) for name in results[1].scores) > 0.2  # the mean has 0
    page = markdown_report(results, missing)
    assert "| iris | 150 × 4 | accuracy |" in page
    assert json.loads(json.dumps([one.to_dict() for one in results]))[1]["task"] == "regression"


def test_a_table_whose_package_is_missing_is_left_out_and_said():
    absent = BenchTable("gone", "no_such_package_of_tables", "a.csv", "regression")
    results, missing = compare([absent], 1)
    assert (results, missing) == ([], [absent])
    assert "gone (no_such_package_of_tables)" in markdown_report(results, missing)


def result(ours: list[float], mlp: list[float], stopping: list[float]) -> TableResult:
    scores = {OURS: ours, MLP: mlp, MLP_STOPPING: stopping, BOOSTING: [1.0] * len(ours)}
    return TableResult(IRIS, 150, 4, scores, {name: [1.0] * len(ours) for name in scores})


def test_ranks_are_by_the_means_and_boosting_has_none():
    one = result([0.5, 0.7], [0.6, 0.6], [0.9, 0.1])
    assert one.ranks == {OURS: 1.5, MLP: 1.5, MLP_STOPPING: 3.0}
    other = result([0.9, 0.9], [0.6, 0.6], [0.7, 0.7])
    assert mean_ranks([one, other]) == {OURS: 1.25, MLP: 2.25, MLP_STOPPING: 2.5}


@pytest.mark.parametrize(
    ("ours", "is_below"),
    [([0.88, 0.88], True), ([0.895, 0.895], False), ([0.98, 0.78], False)],
    ids=["beyond the tolerance", "within it", "by chance"],
)
def test_what_is_below_the_better_network_is_marked(ours: list[float], is_below: bool):
    one = result(ours, [0.9, 0.9], [0.5, 0.5])
    assert one.is_below is is_below
    assert ("**below**" in markdown_report([one], [])) is is_below
