"""The numbers of the report and of the progress are written as everywhere else."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from chainrule.cli.output.progress import _line_printer
from chainrule.cli.output.training_report import training_report
from chainrule.train.data.arrays import from_arrays
from chainrule.train.evaluation import evaluate
from chainrule.train.loop.history import EpochRecord
from chainrule.train.loop.metrics import Confusion
from chainrule.train.loop.training_report import Report, Score


def report(losses: list[float], metrics: list[float | None], speed: float) -> str:
    train, validation, test = map(Score, losses, metrics)
    kind = ("d", 1234567, "regression", "r2", 3)
    found = Report(*kind, train, validation, test, 0.5, speed, {"layers.0": 1e-9})
    x = np.linspace(0, 1, 30)[:, None]
    return training_report(found, evaluate(from_arrays(x, x[:, 0]), lambda x: x))


def test_columns_have_one_style_and_no_number_of_programs():
    text = report([3.2e-6, 0.5, 1e-9], [0.98, -1e7, math.nan], 2_345_678.0)
    rows = [line.split() for line in text.splitlines()[3:6]]
    assert [row[1] for row in rows] == ["3.2·10⁻⁶", "5.0·10⁻¹", "1.0·10⁻⁹"]
    assert [row[2] for row in rows] == ["0.9800", "-10000000.0000", "-"]
    assert "1·10⁻⁹" in text
    assert "2.3·10⁶ samples/s" in text
    assert "1,234,567 rows" in text
    assert not re.search(r"\de[+-]?\d", text)


def test_a_metric_next_to_nothing_leaves_the_others_as_they_are():
    text = report([0.5, 0.5, 0.5], [0.82871, -1.496e-5, -0.0123], 1.0)
    rows = [line.split() for line in text.splitlines()[3:6]]
    assert [row[2] for row in rows] == ["0.8287", "0.0000", "-0.0123"]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.5, "0.5000"),
        (0.96533, "0.9653"),
        (-2.45e80, "-2.45·10⁸⁰"),
        (3.21e-6, "0.0000"),
        (-1.6e-4, "-0.0002"),
    ],
)
def test_the_metric_of_progress_lines(value, written, capsys):
    record = EpochRecord(1, 1, 6.06e-7, 0.1, 1.0, validation_loss=1.0, validation_metric=value)
    _line_printer(1, "R²")(record)
    assert capsys.readouterr().err == f"epoch 1/1  loss 6.06·10⁻⁷  validation R² {written}\n"


def test_percentages_have_a_space_before_their_sign():
    scores = [Score(0.5, share) for share in (1.0, 0.96533, math.nan)]
    confusion = Confusion(("a", "b"), ((36, 1), (0, 0)))
    found = Report("d", 74, "classification", "accuracy", 3, *scores, 0.5, 1.0, {}, None, confusion)
    x = np.random.default_rng(0).normal(size=(40, 2))
    data = from_arrays(x, (x[:, 0] > 0).astype(int))
    lines = training_report(found, evaluate(data, lambda x: x)).splitlines()
    assert [line.split(maxsplit=2)[-1] for line in lines[3:6]] == ["100.00 %", "96.53 %", "-"]
    assert any(line.endswith("97.3 %") for line in lines)
    assert not any(re.search(r"\d%", line) for line in lines)
