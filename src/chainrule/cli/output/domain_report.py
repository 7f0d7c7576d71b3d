"""The report of a run that learns from something else than a table."""

from __future__ import annotations

from collections.abc import Iterator

from chainrule.cli.output.formatting import printable, wrapped
from chainrule.cli.output.text_table import text_table
from chainrule.cli.output.training_report import closing_lines, norms_table
from chainrule.domains.judged import Judged
from chainrule.train.loop.training_report import Report

__all__ = ["domain_report"]


def domain_report(report: Report, judged: Judged) -> str:
    """The tables and sentences of the judgement, gradient norms, and the path of the run."""
    return "\n\n".join(_sections(report, judged)) + "\n"


def _sections(report: Report, judged: Judged) -> Iterator[str]:
    for table in judged.tables:
        yield text_table(printable(table.title), table.header, table.rows, left=table.left)
    if judged.notes:
        yield "\n".join(wrapped(map(printable, judged.notes)))
    if report.gradient_norms:
        yield norms_table(report.gradient_norms)
    yield closing_lines(report)
