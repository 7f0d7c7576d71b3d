"""The part of the report that shows the network beside simple models."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chainrule.cli.output.formatting import printable, r_squared
from chainrule.cli.output.text_table import text_table
from chainrule.formula.numbers import NumberStyle, NumberWriter, column_of
from chainrule.train.evaluation import Evaluation
from chainrule.train.evaluation.calibration import BINS
from chainrule.train.evaluation.class_scores import ClassScores
from chainrule.train.evaluation.comparison import FEWEST_ROWS, Improvement
from chainrule.train.evaluation.number_scores import NumberScores

__all__ = ["model_comparison"]

WIDTH = 80
FOUR = NumberWriter(NumberStyle(digits=4))
UNITS = NumberWriter(NumberStyle(significant=4))

WORDS = {"accuracy": "accuracy", "log_loss": "log loss", "r2": "R²"}
"""What the scores that models are compared by are called."""


def model_comparison(evaluation: Evaluation, networks: int = 1, *, folds: bool = False) -> str:
    """A row of scores for each model, whether the network is better, and notes.

    There may be several `networks`, whose predictions are averaged; `folds` may have said already
    how well others are predicted.
    """
    kind = {"majority": "majority class", "mean": "mean", "linear": evaluation.linear.kind}
    subject = "ensemble" if networks > 1 else "network"
    if networks > 1:
        kind["network"] = f"ensemble of {networks}"
    names = [kind.get(name, name) for name in evaluation.scores]
    columns = {"model": names, **_columns([*evaluation.scores.values()])}
    title = f"{evaluation.rows:,} {evaluation.part} rows: the {subject} beside simple models"
    table = text_table(title, [*columns], zip(*columns.values(), strict=True), left=("model",))
    paragraphs = [*_verdicts(evaluation, subject, folds), " ".join(_notes(evaluation))]
    lines = [line for text in paragraphs for line in _wrapped(text)]
    return "\n".join([table, *(f"  {line}" for line in lines)])


def _wrapped(text: str) -> list[str]:
    """Lines of the text; none ends before or after ±.

    >>> _wrapped("w" * 50 + " R² +0.0080 ± 0.0051 (± standard error)")[0][50:]
    ' R² +0.0080 ± 0.0051'
    """
    text = re.sub(r" ± |± ", lambda sign: sign[0].replace(" ", "\xa0"), text)
    lines = textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]


def _columns(scores: Sequence[ClassScores | NumberScores]) -> dict[str, list[str]]:
    classes = [one for one in scores if isinstance(one, ClassScores)]
    if classes:
        return {
            "accuracy": [f"{100 * one.accuracy:.2f} %" for one in classes],
            "log loss": _column([one.log_loss for one in classes]),
            "AUC": _shares([one.auc for one in classes]),
            "F1": _shares([one.f1 for one in classes]),
            "Brier": _shares([one.brier for one in classes]),
            "ECE": _shares([one.calibration_error for one in classes]),
        }
    numbers = [one for one in scores if isinstance(one, NumberScores)]
    return {
        "R²": ["-" if one.r2 is None else r_squared(one.r2) for one in numbers],
        "RMSE": _column([one.rmse for one in numbers], UNITS),
        "MAE": _column([one.mae for one in numbers], UNITS),
    }


def _column(values: Sequence[float | None], writer: NumberWriter = FOUR) -> list[str]:
    return [text.strip() for text in column_of(values, writer.column, lambda _: "-")]


def _shares(values: Sequence[float | None]) -> list[str]:
    return ["-" if value is None else f"{value:.4f}" for value in values]


def _verdicts(evaluation: Evaluation, subject: str, folds: bool) -> Iterator[str]:
    """Whether the network is better than the simple models, in a sentence or two."""
    rows, part = evaluation.rows, evaluation.part
    if part == "training" and folds:
        yield "These rows were trained with; how well others are predicted, the folds say."
        return
    if part == "training":
        yield f"No rows are held out: how well the {subject} predicts others is not known."
        return
    if rows < FEWEST_ROWS:
        few = "row is" if rows == 1 else "rows are"
        yield f"{rows} {part} {few} too few to show which model predicts better."
        return
    (_, over_baseline), (_, over_linear) = evaluation.improvements.items()
    baseline = "the mean" if evaluation.majority is None else "the majority class"
    if not all(over is None or over.clear for over in over_baseline.values()):
        yield _verdict(subject, baseline, over_baseline)
    yield _verdict(subject, evaluation.linear.kind, over_linear)


def _verdict(subject: str, model: str, over: Mapping[str, Improvement | None]) -> str:
    known = {WORDS[score]: by for score, by in over.items() if by is not None}
    if not known:
        return f"{_joined(map(WORDS.get, over))} is not defined for these rows."
    better = [word for word, by in known.items() if by.clear]
    others = [word for word in known if word not in better]
    found = f"The {subject} beats {model}"
    if better and others:
        found += f" in {_joined(better)}, not in {_joined(others)}"
    elif any(by.clearly_negative for by in known.values()):
        found = f"The {subject} does not beat {model}, but is worse"
    elif not better:
        clearly = "clearly " * (next(iter(known.values())).value > 0)
        found = f"The {subject} does not {clearly}beat {model}"
    differences = ", ".join(_difference(word, by) for word, by in known.items())
    return f"{found}: {differences} (± standard error, same rows)."


def _difference(word: str, by: Improvement) -> str:
    """The difference of a score, for example `accuracy +1.7 ± 0.8 points`."""
    value = -by.value if word == "log loss" else by.value
    sign = "+" if value > 0 else "-" if value < 0 else ""
    size, error = abs(value), by.standard_error
    if word == "accuracy":
        return f"{word} {sign}{100 * size:.1f} ± {100 * error:.1f} points"
    texts = [text.strip() for text in FOUR.column([size, error])]
    return f"{word} {sign}{texts[0]} ± {texts[1]}"


def _joined(words: Iterable[str | None]) -> str:
    return " and ".join(filter(None, words))


def _notes(evaluation: Evaluation) -> Iterator[str]:
    if evaluation.majority is not None:
        of = "means over the classes"
        if evaluation.positive is not None:
            of = f"of class {printable(evaluation.positive)}"
        yield f"AUC and F1 are {of}; ECE is the calibration error, in {BINS} bins."
    if evaluation.absent:
        some = ", ".join(map(printable, evaluation.absent[:6])) + ", …" * (
            len(evaluation.absent) > 6
        )
        yield f"No {evaluation.part} row is of class {some}."
    linear = evaluation.linear
    if linear.rows < evaluation.training_rows:
        yield (
            f"The {linear.kind} is fitted to {linear.rows:,} of {evaluation.training_rows:,}"
            " training rows."
        )
    if not linear.converged:
        yield f"The {linear.kind} has not converged."
