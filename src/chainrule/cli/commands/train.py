"""`chainrule train`: train a network on real data, in a run folder."""

from __future__ import annotations

import contextlib
import json as encoder
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from chainrule.cli.arguments.option_parameters import parse_options, typed, with_options
from chainrule.cli.output.destination import write_result
from chainrule.cli.output.formatting import finite, printable, short_path, wrapped
from chainrule.domains.registry import OPTIONS, domain, domain_of_run, domain_of_source, options_of
from chainrule.errors import DataError, OptionError, TrainingError
from chainrule.train.options import RunOptions

if TYPE_CHECKING:
    from chainrule.train.runs.fold_training import FoldTraining
    from chainrule.train.runs.training_run import TrainingRun

__all__ = ["register"]

HELP = """Train a network, and say how well it does.

SOURCE is a data set that comes with the package (digits, iris, wine, breast-cancer, diabetes,
dates) or a file: CSV (.csv, .tsv, .txt, .data), Parquet, Arrow, JSON lines or Excel, also as .gz or
.zst. A text (.txt, .md, .rst, or any file with --text) is learnt for `chainrule generate`; with
--horizon a table is a series to forecast, with --source and --target pairs of texts to translate,
with --text-column texts by class; a folder of folders holds images by class. What was inferred is
said before training; options say otherwise. Everything about the run is kept in a folder that can
be resumed after any interruption and used by `chainrule predict`.

\b
Examples:
  chainrule train digits
  chainrule train digits --layers 256 --batch-norm --dropout 0.2 --seed 3
  chainrule train houses.csv --target price --drop id,note --epochs 200
  chainrule train ventas.csv --target total --decimal , --date-format %d/%m/%Y
  chainrule train iris --optimizer sgd --momentum 0.9 --lr 0.05 --json
  chainrule train digits --schedule cosine --warm-up "2 epochs" --patience 10
  chainrule train wine --schedule "step(10, 0.5)" --class-weights balanced
  chainrule train digits --batch-size 64 --accumulate 4 --clip-norm 1
  chainrule train wine --folds 5
  chainrule train march.csv --target price --test april.csv
  chainrule train visits.csv --target diagnosis --group patient --folds 5
  chainrule train sales.csv --target sold --time day
  chainrule train wine --ensemble 5 --patience 10
  chainrule train digits -o runs/digits-1 --explain-weight --figures none
  chainrule train digits --model cnn
  chainrule train photos/ --size 32
  chainrule train book.txt --model gru
  chainrule train sales.csv --target sold --time day --window 28 --horizon 7
  chainrule train pairs.tsv --source en --target de
  chainrule train reviews.csv --text-column text --target label
  chainrule train --resume runs/digits-1 --epochs 80
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("train", help=HELP)(train)


@with_options(RunOptions, *OPTIONS.values())
def train(
    context: typer.Context,
    run: Path = typer.Option(
        None, "--run", "-o", metavar="FOLDER", help="The run folder.  [default: runs/…]"
    ),
    resume: Path = typer.Option(None, "--resume", metavar="RUN", help="Go on with this run."),
    explain_weight: bool = typer.Option(
        False,
        "--explain-weight",
        help="Then explain the gradient of one weight; see `chainrule explain RUN`.",
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON object for programs."),
    figures: str = typer.Option(
        None,
        "--figures",
        metavar="FORMATS",
        help="Draw figures as png, svg or png,svg, or none.  [default: png; none with --json]",
    ),
    memory: str = typer.Option(
        None,
        "--memory",
        metavar="SIZE",
        help="What the table may take, such as 4GB.  [default: half of the machine's]",
    ),
    **given: Any,
) -> None:
    from chainrule.cli.arguments.figure_formats import figure_formats
    from chainrule.train.data.preparation.inference_lines import inference_lines
    from chainrule.train.data.reading.memory_limit import parse_size
    from chainrule.train.runs.training_run import TrainingRun

    source, formats = given["source"], figure_formats(figures, json=json)
    limit = None if memory is None else parse_size(memory)
    if json and explain_weight:
        raise OptionError(
            "train",
            expected="an explanation, or JSON for programs",
            got="--explain-weight and --json",
            remedy="leave one out",
        )
    if resume is not None:
        _check_resume_options(
            *(context, "source", "test", "epochs", "resume", "json", "explain_weight", "figures"),
            "memory",
        )
        with TrainingRun.resume(
            resume,
            given["epochs"],
            source,
            memory=limit,
            test=given["test"],
            domain=domain(domain_of_run(resume)),
        ) as project:
            _train_and_report(project, json, explain_weight, formats)
        return
    if not source:
        raise OptionError(
            "train",
            expected="a data set or a file to train on",
            got="none",
            remedy="try: chainrule train digits",
        )
    _check_encodable(source)
    if run is not None and os.path.realpath(run) == os.path.realpath(os.curdir):
        raise OptionError(
            "run", expected="a folder of its own", got="the working folder", remedy="name a new one"
        )
    words = typed(context, given)
    kind = domain_of_source(source, words)
    options = options_of(kind)
    existed = run is not None and run.is_dir()
    try:
        started = TrainingRun.start(
            options(**parse_options(words, options)), run, memory=limit, domain=domain(kind)
        )
    except DataError as error:
        raise _with_command(error) from None
    with started as project:
        found = project.dataset.inference
        if not json and found is not None and found.reading is not None:  # read from a file
            print("\n".join(wrapped(map(printable, inference_lines(found)))), file=sys.stderr)
        if not json:
            lines = wrapped(map(printable, project.material.notes))
            print("".join(f"{line}\n" for line in lines), end="", file=sys.stderr)
            _say_choices(project)
        try:
            _train_and_report(project, json, explain_weight, formats)
        except TrainingError:
            if not project.folder.history():  # no epoch was finished: nothing to continue
                shutil.rmtree(project.folder.path)
                if existed:  # restore the empty folder
                    project.folder.path.mkdir()
            raise


def _train(run: TrainingRun[Any], folder: str, network: str, last: bool) -> None:
    """Train one network with a progress bar; `network` says which of an ensemble it is."""
    from chainrule.cli.output.progress import training_progress

    done, which = run.session.loop.epoch, f"{network}: " * bool(network)
    if run.folds is not None:
        _train_folds(run, run.folds, folder)
    if run.session.stopped:
        print(
            f"{which}training stopped early, after {done} epochs; nothing is left", file=sys.stderr
        )
    elif done == run.epochs:
        more = f"; for more: chainrule train --resume {shlex.quote(folder)} --epochs {2 * done}"
        print(f"{which}all {done} epochs are done{more * last}", file=sys.stderr)
    with training_progress(run, network) as watcher:
        try:
            finished = run.train(watcher)
        except TrainingError as error:
            raise _with_folder(error, len(run.folder.history()), folder) from None
    if not finished or (watcher.stop() and not last):
        of = f" of {network}" * bool(network)
        where = f"after {network}" if finished else f"in epoch {run.session.loop.epoch + 1}{of}"
        print(
            f"stopped {where}, saved in {folder}\n"
            f"go on with: chainrule train --resume {shlex.quote(folder)}",
            file=sys.stderr,
        )
        raise typer.Exit(130)


def _train_and_report(
    project: TrainingRun[Any], json: bool, explain_weight: bool, formats: tuple[str, ...]
) -> None:
    """Train the network, or each of an ensemble, print the report, then draw the figures."""
    from chainrule.cli.output.domain_report import domain_report
    from chainrule.cli.output.folds import folds_table
    from chainrule.cli.output.training_report import picture_lines, training_report
    from chainrule.domains.judged import Judged
    from chainrule.train.evaluation import Evaluation
    from chainrule.train.runs.ensemble import Ensemble

    ensemble, folder = Ensemble(project), short_path(project.folder.path)
    with contextlib.closing(ensemble.members()) as members:
        for number, member in enumerate(members, 1):
            which = f"network {number} of {ensemble.count}" * (ensemble.count > 1)
            _train(member, folder, which, number == ensemble.count)
    report, judgement = ensemble.report(), ensemble.judgement()
    found = project.dataset.inference
    more: dict[str, Any] = {"chosen": project.chosen} if project.chosen else {}
    if found is not None:
        more["inferred"] = found.to_dict()
    judged = {"evaluation": judgement.to_dict()} | ensemble.to_dict()
    text = encoder.dumps(finite(report.to_dict() | judged | more), indent=2)
    if json:
        write_result(text, None)
    elif isinstance(judgement, Judged):
        write_result(domain_report(report, judgement), None)
    else:
        assert isinstance(judgement, Evaluation), "of a table"
        folds = "" if report.cross_validation is None else f"{folds_table(report)}\n\n"
        write_result(folds + training_report(report, judgement, ensemble.reports), None)
    project.folder.write_report(text)
    sys.stdout.flush()  # drawing takes longer than a short training
    try:
        pictures = ensemble.draw(_say_not_drawn, formats)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if json:
        return
    if pictures:
        write_result(picture_lines(pictures), None)
    if explain_weight:
        from chainrule.domains.recorded import record_training

        print(f"\n{record_training(project).explain()}", end="")


def _say_choices(project: TrainingRun[Any]) -> None:
    """Say which options were chosen by the data, before they are used."""
    from chainrule.cli.output.choices import choice_lines, table_size

    data = project.dataset
    size = table_size(len(data.train), data.inputs)
    about = size if project.domain.name == "table" else getattr(project.options, "words", "")
    for i, line in enumerate(choice_lines(project.chosen, about)):
        print("  " * (i > 0) + line, file=sys.stderr)


def _train_folds(project: TrainingRun[Any], folds: FoldTraining, folder: str) -> None:
    """Train the folds that are left, with a line about each."""
    from chainrule.cli.output.progress import fold_line, fold_progress, interrupts

    if folds.done and folds.left:
        print(f"{len(folds.done)} of {folds.count} folds are done", file=sys.stderr)
    with interrupts() as interrupted:
        for number in folds.left:
            fold = folds.start(number)
            with fold_progress(project, fold, interrupted) as watcher:
                try:
                    record = folds.train(fold, watcher)
                except TrainingError as error:
                    raise _in_fold(error, number, folds.count) from None
            if record is not None:
                print(fold_line(project, record), file=sys.stderr)
            if interrupted():
                where = f"in fold {number}" if record is None else f"after fold {number}"
                print(
                    f"stopped {where} of {folds.count}; finished ones are kept in {folder}\n"
                    f"go on with: chainrule train --resume {shlex.quote(folder)}",
                    file=sys.stderr,
                )
                raise typer.Exit(130)


def _in_fold(error: TrainingError, number: int, count: int) -> TrainingError:
    where = f"fold {number} of {count}, {error.where}"
    return TrainingError(where, expected=error.expected, got=error.got, remedy=error.remedy)


def _say_not_drawn(error: Exception) -> None:
    reason = printable(f"{type(error).__name__}: {error}")[:200]
    print(f"note: not all pictures could be drawn ({reason}); the run is complete", file=sys.stderr)


def _with_folder(error: TrainingError, epochs: int, folder: str) -> TrainingError:
    """The error, with a remedy that names the folder where the epochs before it are saved."""
    if not epochs:
        return error
    before = "the epoch before is" if epochs == 1 else f"the {epochs} epochs before are"
    remedy = f"{error.remedy}; {before} kept in {folder}"
    return TrainingError(error.where, expected=error.expected, got=error.got, remedy=remedy)


def _with_command(error: DataError) -> DataError:
    """The error, with the whole command line that would work where one is known."""
    if not error.fix:
        return error
    command = shlex.join(["chainrule", *sys.argv[1:], *error.fix])
    return DataError(error.where, expected=error.expected, got=error.got, remedy=f"try: {command}")


def _check_resume_options(context: typer.Context, *allowed: str) -> None:
    """Raise OptionError for options that --resume would ignore: a run keeps its settings."""
    for parameter in context.command.params:
        origin = context.get_parameter_source(parameter.name or "")
        if parameter.name not in allowed and origin is not None and origin.name == "COMMANDLINE":
            raise OptionError(
                "resume",
                expected="no settings but --epochs: a run goes on with its own",
                got=max(parameter.opts, key=len),
                remedy="leave it out, or start a new run",
            )


def _check_encodable(source: str) -> None:
    """Raise DataError for a name that cannot be written as UTF-8."""
    try:
        source.encode()
    except UnicodeEncodeError:
        raise DataError(
            repr(source),
            expected="a name that can be written as text",
            got="bytes that are not UTF-8",
            remedy="rename the file",
        ) from None
