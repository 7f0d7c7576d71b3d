"""How the report shows a network beside simple models, and what it says of them."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from chainrule.cli.output.model_comparison import model_comparison
from chainrule.train.data.arrays import from_arrays
from chainrule.train.evaluation import evaluate
from chainrule.train.evaluation.comparison import Improvement

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 2))


def words(text: str) -> str:
    return " ".join(text.split())


def of_classes(good: bool = True, test: float = 0.5, names=("no", "yes")):
    data = from_arrays(X, np.array(names)[(X[:, 0] * X[:, 1] > 0).astype(int)], test_fraction=test)

    def network(x):
        z = 9 * x[:, 0] * x[:, 1] if good else 0.1 * x[:, 0]
        return np.stack([0 * z, z], axis=1)

    return evaluate(data, network)


def with_improvements(evaluation, **by_model):
    """The evaluation with accuracy and log loss better by (value, standard error) each."""
    changed = {
        name: {
            score: Improvement(*by, evaluation.rows)
            for score, by in zip(("accuracy", "log_loss"), found, strict=True)
        }
        for name, found in by_model.items()
    }
    return dataclasses.replace(evaluation, improvements={**evaluation.improvements, **changed})


def test_a_network_that_is_better():
    lines = model_comparison(of_classes()).splitlines()
    assert lines[0] == "100 test rows: the network beside simple models"
    assert lines[1].split() == ["model", "accuracy", "log", "loss", "AUC", "F1", "Brier", "ECE"]
    assert [line.split("  ")[1] for line in lines[3:6]] == [
        "majority class",
        "logistic regression",
        "network",
    ]
    text = words(" ".join(lines[6:]))
    assert text.startswith("The network beats logistic regression: accuracy +")
    assert "points, log loss -" in text
    assert "does not" not in text
    assert "majority" not in text
    assert text.endswith("AUC and F1 are of class yes; ECE is the calibration error, in 15 bins.")
    assert max(map(len, lines)) <= 80


def test_a_network_that_is_not_better():
    text = words(model_comparison(of_classes(good=False)))
    assert "The network does not" in text
    assert "beat the majority class" in text
    assert "beat logistic regression" in text


@pytest.mark.parametrize(
    ("majority", "linear", "sentences"),
    [
        (
            ((0.2, 0.02), (0.3, 0.1)),
            ((0.015, 0.008), (-0.02, 0.02)),
            "The network does not clearly beat logistic regression: accuracy +1.5 ± 0.8 points,"
            " log loss +0.02 ± 0.02 (± standard error, same rows).",
        ),
        (
            ((0.2, 0.02), (0.3, 0.1)),
            ((-0.015, 0.008), (0.02, 0.02)),
            "The network does not beat logistic regression: accuracy -1.5 ± 0.8 points,",
        ),
        (
            ((0.2, 0.02), (0.3, 0.1)),
            ((-0.03, 0.01), (-0.02, 0.02)),
            "The network does not beat logistic regression, but is worse: accuracy -3.0",
        ),
        (
            ((0.2, 0.02), (0.3, 0.1)),
            ((0.0, 0.0), (0.3, 0.02)),
            "The network beats logistic regression in log loss, not in accuracy: accuracy 0.0 ± 0.0"
            " points, log loss -0.30 ± 0.02",
        ),
        (
            ((0.01, 0.01), (0.3, 0.1)),
            ((0.1, 0.01), (0.3, 0.02)),
            "The network beats the majority class in log loss, not in accuracy: accuracy +1.0 ± 1.0"
            " points, log loss -0.3 ± 0.1 (± standard error, same rows). The network beats"
            " logistic regression: accuracy +10.0",
        ),
    ],
)
def test_sentences(majority, linear, sentences):
    text = model_comparison(with_improvements(of_classes(), majority=majority, linear=linear))
    assert sentences in words(text)
    assert words(text).count("The network") == sentences.count("The network")


def test_an_r2_next_to_nothing_is_written_as_the_others_are():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 1))
    text = model_comparison(evaluate(from_arrays(x, x[:, 0], test_fraction=0.3), lambda x: x))
    rows = [line.split() for line in text.splitlines()[3:6]]
    mean, ridge, network = (row[-3] for row in rows)
    assert re.fullmatch(r"-?0\.00\d\d", mean)
    assert [ridge, network] == ["1.0000", "1.0000"]


def test_too_few_rows():
    assert "8 test rows are too few to show" in words(model_comparison(of_classes(test=0.04)))


def test_no_rows_held_out():
    text = words(model_comparison(of_classes(test=0.0)))
    assert text.startswith("200 training rows: the network beside simple models")
    assert "No rows are held out" in text
    assert "The network" not in text


def test_after_folds_they_say_how_others_are_predicted():
    text = words(model_comparison(of_classes(test=0.0), folds=True))
    assert "These rows were trained with; how well others are predicted, the folds say." in text
    assert "No rows are held out" not in text


def test_scores_that_are_not_defined():
    data = from_arrays(X, X[:, 0], test_fraction=0.5)
    data.test.y[:] = 1.0
    text = model_comparison(evaluate(data, lambda x: x[:, :1]))
    rows = [line.split() for line in text.splitlines()[3:6]]
    assert [row[-3] for row in rows] == ["-", "-", "-"]
    assert "R² is not defined for these rows." in text
    assert "nan" not in text


def test_classes_without_rows_and_parts_of_the_rows_are_said():
    found = of_classes(names=("\x1b[2Jno", "yes" * 30))
    linear = dataclasses.replace(found.linear, rows=10, converged=False)
    found = dataclasses.replace(found, absent=("\x1b[2Jno",), linear=linear)
    text = model_comparison(found)
    assert "\x1b" not in text
    assert "No test row is of class \\x1b[2Jno." in words(text)
    assert "The logistic regression is fitted to 10 of 100 training rows." in words(text)
    assert "The logistic regression has not converged." in words(text)
