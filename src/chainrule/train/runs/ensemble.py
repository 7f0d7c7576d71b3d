"""The networks of a run, trained one after another, and what they predict together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast, final

from chainrule.graph import Array
from chainrule.train.loop.training_report import Report, make_report
from chainrule.train.runs.domain import Judgement
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.steps.stepper import Stepper

__all__ = ["Ensemble"]


@final
class Ensemble:
    """A run with all its networks; without the option `ensemble`, it is that of a single one.

    Train each of the `members`; then there are a report, an evaluation and figures of all together.
    """

    def __init__(self, first: TrainingRun[Any]) -> None:
        self.first, self.count = first, first.options.members
        self.reports: list[Report] = []

    def members(self) -> Generator[TrainingRun[Any], None, None]:
        """The networks in turn, begun or resumed; the next begins when the last one is trained."""
        self.reports.clear()
        for number in range(1, self.count + 1):
            if number == 1:
                yield self.first
                self.reports.append(self.first.report())
            else:
                with self.first.member(number) as run:
                    yield run
                    self.reports.append(run.report())

    def report(self) -> Report:
        """The report of the averaged predictions; seconds and samples are those of all networks."""
        if self.count == 1:
            return self.reports[0]
        session = self.first.session
        together = _Together(self._averaged.outputs, session.stepper.loss_of)
        return make_report(
            cast(Stepper, together),
            self.first.dataset,
            session.metric,
            epochs=max(report.epochs for report in self.reports),
            seconds=sum(report.seconds for report in self.reports),
            samples=round(sum(r.samples_per_second * r.seconds for r in self.reports)),
            gradient_norms=self.reports[0].gradient_norms,
            run=str(self.first.folder.path),
            stopped_early=any(report.stopped_early for report in self.reports),
        )

    def judgement(self) -> Judgement:
        """How good the averaged predictions are, beside those of simple models."""
        return self.first.judgement(None if self.count == 1 else self._averaged.outputs)

    def draw(
        self, failed: Callable[[Exception], None], formats: Collection[str] = ("png",)
    ) -> list[Path]:
        """Write the figures of the first network, with the averaged predictions where some are."""
        return self.first.draw(failed, formats, None if self.count == 1 else self._averaged.outputs)

    @cached_property
    def _averaged(self) -> Predictor:
        """What predicts with all networks, once they are trained."""
        return Predictor(self.first.folder.path)

    def to_dict(self) -> dict[str, Any]:
        """The networks one by one as entries for JSON; empty for a single one."""
        if self.count == 1:
            return {}
        shown = ("train_", "validation_", "test_", "epochs", "best_epoch", "stopped_early")
        return {
            "ensemble": [
                {name: value for name, value in report.to_dict().items() if name.startswith(shown)}
                for report in self.reports
            ]
        }


@final
@dataclass(frozen=True)
class _Together:
    """What a report needs of a stepper."""

    predict: Callable[[Array], Array]
    loss_of: Callable[[Any, Any], float]
