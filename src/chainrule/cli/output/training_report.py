"""The report that `chainrule train` prints after training."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from chainrule.cli.output.formatting import printable, r_squared, short_path
from chainrule.cli.output.model_comparison import model_comparison
from chainrule.cli.output.text_table import text_table
from chainrule.formula.numbers import NumberStyle, NumberWriter, counted
from chainrule.train.evaluation import Evaluation
from chainrule.train.loop.metrics import Confusion, Residuals
from chainrule.train.loop.training_report import Report, Score

__all__ = ["closing_lines", "norms_table", "picture_lines", "training_report"]

LOSS, NORM = NumberWriter(NumberStyle(digits=4)), NumberWriter(NumberStyle(digits=5))
RESIDUAL = NumberWriter(NumberStyle(significant=4))
"""How the numbers of the tables are written."""

WIDEST_TABLE = 12
"""The most classes for a whole confusion table; for more, the commonest mistakes are listed."""


def training_report(report: Report, evaluation: Evaluation, members: Sequence[Report] = ()) -> str:
    """The report as text.

    Metrics, simple models, confusion or residuals, gradient norms, and the path of the run.  Of an
    ensemble, `members` are the reports of its networks.
    """
    return "\n\n".join(_sections(report, evaluation, members)) + "\n"


def picture_lines(pictures: Sequence[Path]) -> str:
    """The last lines of a report, one for each picture."""
    return "".join(f"picture  {short_path(picture)}\n" for picture in pictures)


def _sections(report: Report, evaluation: Evaluation, members: Sequence[Report]) -> Iterator[str]:
    several = len(members) > 1
    yield _figures(report)
    folds = report.cross_validation is not None
    yield model_comparison(evaluation, len(members), folds=folds)
    if several:
        yield _members(members, report)
    part = evaluation.part
    if report.confusion is not None:
        yield _confusion(report.confusion, part)
    if report.residuals is not None:
        yield _residuals(report.residuals, part)
    if report.gradient_norms:
        yield norms_table(report.gradient_norms, " of network 1" * several)
    yield closing_lines(report, len(members))


def closing_lines(report: Report, members: int = 1) -> str:
    """How long was trained, of which epoch the figures are, and where the run is."""
    speed = f"{counted(round(report.samples_per_second))} samples/s"
    epochs = f"{report.epochs} epoch{'s' * (report.epochs != 1)}"
    if members > 1:
        epochs = f"{members} networks, at most {epochs} each,"
    trained = [f"trained {epochs} in {report.seconds:.2f} s ({speed})"]
    if report.best_epoch is not None:
        ended = "stopped early; " if report.stopped_early else ""
        trained.append(f"{ended}these are the figures of the best epoch, {report.best_epoch}")
    return "\n".join([*trained, f"run      {short_path(report.run or '')}"])


def _members(members: Sequence[Report], together: Report) -> str:
    """The networks of an ensemble one by one: how different they are, and what averaging adds."""
    part = "test" if together.test else "validation" if together.validation else "train"
    scores: list[Score] = [getattr(report, part) for report in (*members, together)]
    name = "accuracy" if together.metric == "accuracy" else "R²"
    losses = LOSS.column([score.loss for score in scores])
    columns = {
        "network": [*map(str, range(1, len(members) + 1)), "averaged"],
        "epochs": [*(str(report.epochs) for report in members), ""],
        "best epoch": [*(str(report.best_epoch or "") for report in members), ""],
        "loss": losses,
        name: _metrics([score.metric for score in scores], name),
    }
    if not any(columns["best epoch"]):
        del columns["best epoch"]
    rows = zip(*columns.values(), strict=True)
    word = "training" if part == "train" else part
    title = f"{word} rows: the networks of the ensemble alone, and averaged"
    return text_table(title, [*columns], rows)


def _figures(report: Report) -> str:
    name = "accuracy" if report.metric == "accuracy" else "R²"
    parts = {"training": report.train, "validation": report.validation, "test": report.test}
    scores = {part: score for part, score in parts.items() if score is not None}
    losses = LOSS.column([score.loss for score in scores.values()])
    metrics = _metrics([score.metric for score in scores.values()], name)
    rows = zip(scores, losses, metrics, strict=True)
    title = f"{printable(report.dataset)}: {report.rows:,} rows, {report.task}"
    return text_table(title, ("", "loss", name), rows)


def _metrics(values: Sequence[float | None], name: str) -> list[str]:
    """The column of the metric; there is none for R² of a single row or of equal targets."""
    known = [None if value is None or math.isnan(value) else value for value in values]
    if name == "accuracy":
        return ["-" if value is None else f"{100 * value:.2f} %" for value in known]
    return ["-" if value is None else r_squared(value) for value in known]


def _confusion(confusion: Confusion, part: str) -> str:
    classes = confusion.classes
    if len(classes) > WIDEST_TABLE or sum(len(name) + 2 for name in classes) > 50:
        return _mistakes(confusion, part)
    rows = [
        [name, *(str(count) if count else "·" for count in counts), _share(recall)]
        for name, counts, recall in zip(classes, confusion.counts, confusion.recall, strict=True)
    ]
    title = f"{part} rows: true class (down), predicted (across)"
    return text_table(title, ["", *classes, "found"], rows)


def _share(recall: float) -> str:
    return "-" if math.isnan(recall) else f"{100 * recall:.1f} %"


def _mistakes(confusion: Confusion, part: str) -> str:
    pairs = [
        (count, true, predicted)
        for true, row in zip(confusion.classes, confusion.counts, strict=True)
        for predicted, count in zip(confusion.classes, row, strict=True)
        if count and true != predicted
    ]
    if not pairs:
        return f"no mistake in the {part} rows"
    common = sorted(pairs, key=lambda pair: -pair[0])[:10]
    rows = [(true, predicted, str(count)) for count, true, predicted in common]
    title = f"commonest mistakes in the {part} rows"
    return text_table(title, ("true", "taken for", "rows"), rows)


def _residuals(r: Residuals, part: str) -> str:
    header = ("least", "25 %", "median", "75 %", "greatest", "mean |r|", "RMS")
    cells = (r.least, r.quartile1, r.median, r.quartile3, r.greatest)
    row = [text.strip() for text in RESIDUAL.column([*cells, r.mean_absolute, r.root_mean_square])]
    return text_table(f"{part} rows: true minus predicted, in the target's units", header, [row])


def norms_table(norms: Mapping[str, float], network: str = "") -> str:
    """A bar for each layer, on a logarithmic scale, so that vanishing gradients are visible."""
    largest = max(norms.values())
    rows: list[tuple[str, str, str]] = []
    written = NORM.column(norms.values())
    for (name, norm), text in zip(norms.items(), written, strict=True):
        down = math.log10(largest / norm) if 0 < norm < math.inf and largest < math.inf else 9.0
        length = max(1 if norm else 0, round(24 - 4 * down))
        rows.append((name, text, "█" * length))
    title = "gradient norm of each layer in the last step, first to last (bars: logarithmic)"
    if network:
        title = f"gradient norm of each layer in the last step{network} (bars: logarithmic)"
    return text_table(title, ("layer", "norm", "bar"), rows, left=("layer", "bar"))
