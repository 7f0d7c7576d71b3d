"""`chainrule train`: train a network on real data, in a run folder."""

from __future__ import annotations

import json as encoder
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from chainrule.cli.arguments.train_options import (
    parse_batch_size,
    parse_class_weights,
    parse_widths,
)
from chainrule.cli.output.formatting import short_path
from chainrule.errors import DataError, OptionError, TrainingError

if TYPE_CHECKING:
    from chainrule.train.runs.training_run import TrainingRun

__all__ = ["register"]

HELP = """Train a network, and say how well it does.

SOURCE is a data set that comes with the package (digits, iris, wine, breast-cancer, diabetes) or a
CSV or Parquet file. Everything about the run is kept in a folder that can be resumed after any
interruption and used by `chainrule predict`.

\b
Examples:
  chainrule train digits
  chainrule train digits --layers 256 --batch-norm --dropout 0.2 --seed 3
  chainrule train houses.csv --target price --impute mean --epochs 200
  chainrule train iris --optimizer sgd --momentum 0.9 --lr 0.05 --json
  chainrule train digits --schedule cosine --warm-up "2 epochs" --patience 10
  chainrule train wine --schedule "step(10, 0.5)" --class-weights balanced
  chainrule train digits --batch-size 64 --accumulate 4 --clip-norm 1
  chainrule train digits -o runs/digits-1 --explain-weight
  chainrule train --resume runs/digits-1 --epochs 80
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("train", help=HELP)(train)


def train(
    context: typer.Context,
    source: str = typer.Argument(
        None, metavar="SOURCE", help="A data set's name, or a CSV or Parquet file."
    ),
    target: str = typer.Option(None, "--target", metavar="COLUMN", help="The column to predict."),
    task: str = typer.Option(
        None, "--task", metavar="classification|regression", help="Inferred where not given."
    ),
    impute: str = typer.Option(
        None, "--impute", metavar="mean|most-frequent", help="Fill in missing values."
    ),
    drop: list[str] = typer.Option([], "--drop", metavar="COLUMN", help="Leave this column out."),
    test_fraction: float = typer.Option(
        0.2, "--test-fraction", metavar="SHARE", help="Rows held out for the test."
    ),
    validation_fraction: float = typer.Option(
        0.1, "--validation-fraction", metavar="SHARE", help="Rows held out for validation."
    ),
    layers: str = typer.Option(
        "128,64", "--layers", metavar="W,W,…", help="Widths of the hidden layers."
    ),
    activation: str = typer.Option(
        "relu", "--activation", metavar="NAME", help="Of the hidden layers."
    ),
    batch_norm: bool = typer.Option(False, "--batch-norm", help="Before each activation."),
    dropout: float = typer.Option(
        0.0, "--dropout", metavar="SHARE", help="Share of activations dropped."
    ),
    init: str = typer.Option(
        None,
        "--init",
        metavar="NAME",
        help="Initial weights: he, xavier, zeros, uniform(-0.1,1), …  [default: by activation]",
    ),
    epochs: int = typer.Option(
        None, "--epochs", metavar="N", help="Passes over the data.  [default: 40]"
    ),
    batch_size: str = typer.Option(
        None,
        "--batch-size",
        metavar="N",
        help="Rows of a batch; 1 is stochastic, full takes all.  [default: 32]",
    ),
    optimizer: str = typer.Option(
        "adam", "--optimizer", metavar="NAME", help="sgd, rmsprop, adagrad, adam or adamw."
    ),
    learning_rate: float = typer.Option(
        None,
        "--learning-rate",
        "--lr",
        metavar="RATE",
        help="Step size η.  [default: the optimizer's]",
    ),
    momentum: float = typer.Option(None, "--momentum", metavar="RATE", help="Of sgd."),
    nesterov: bool = typer.Option(False, "--nesterov", help="Nesterov momentum, of sgd."),
    weight_decay: float = typer.Option(
        None, "--weight-decay", metavar="RATE", help="Pull towards zero."
    ),
    schedule: str = typer.Option(
        "constant",
        "--schedule",
        metavar="NAME(…)",
        help="Of η: constant, step(epochs, gamma), cosine(floor) or plateau(patience, factor).",
    ),
    warm_up: str = typer.Option(
        None, "--warm-up", metavar="LENGTH", help="Let η rise first, over '100 steps', '2 epochs'."
    ),
    patience: int = typer.Option(
        None,
        "--patience",
        metavar="N",
        help="Stop after N epochs without improvement; keep the best.",
    ),
    watch: str = typer.Option(
        "loss", "--watch", metavar="loss|metric", help="What --patience is about, in validation."
    ),
    accumulate: int = typer.Option(
        1, "--accumulate", metavar="N", help="Batches whose gradients make one update."
    ),
    class_weights: str = typer.Option(
        None,
        "--class-weights",
        metavar="WEIGHTS",
        help="balanced, or what a class counts: good=1,bad=3; the others 1.",
    ),
    clip_value: float = typer.Option(
        None, "--clip-value", metavar="SIZE", help="Clip gradient entries to ±this."
    ),
    clip_norm: float = typer.Option(
        None, "--clip-norm", metavar="SIZE", help="Clip the gradient's norm to this."
    ),
    engine: str = typer.Option(
        "compiled", "--engine", metavar="compiled|reference", help="What runs the steps."
    ),
    dtype: str = typer.Option("float32", "--dtype", metavar="float32|float64", help="Precision."),
    seed: int = typer.Option(
        0, "--seed", metavar="N", help="Of the split, the weights and the batches."
    ),
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
) -> None:
    from chainrule.train.data.load_dataset import DataSettings
    from chainrule.train.runs.training_run import TrainingRun
    from chainrule.train.runs.training_settings import TrainingSettings

    if json and explain_weight:
        raise OptionError(
            "train",
            expected="an explanation, or JSON for programs",
            got="--explain-weight and --json",
            remedy="leave one out",
        )
    if resume is not None:
        _check_resume_options(context, "source", "epochs", "resume", "json", "explain_weight")
        with TrainingRun.resume(resume, epochs, source) as project:
            _train_and_report(project, json, explain_weight)
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
    hyperparameters = {
        "learning_rate": learning_rate,
        "momentum": momentum,
        "nesterov": nesterov or None,
        "weight_decay": weight_decay,
    }
    data = DataSettings(
        source,
        target,
        task,  # type: ignore[arg-type]  (checked there)
        impute,  # type: ignore[arg-type]
        tuple(drop),
        test_fraction,
        validation_fraction,
        seed,
    )
    settings = TrainingSettings(
        layers=parse_widths(layers),
        activation=activation,
        batch_norm=batch_norm,
        dropout=dropout,
        init=init,
        dtype=dtype,
        epochs=40 if epochs is None else epochs,
        batch_size=parse_batch_size(batch_size),
        optimizer={"name": optimizer, **_without_none(hyperparameters)},
        clip_value=clip_value,
        clip_norm=clip_norm,
        schedule=schedule,
        warm_up=warm_up,
        patience=patience,
        watch=watch,  # type: ignore[arg-type]  (checked there)
        accumulate=accumulate,
        class_weights=parse_class_weights(class_weights),
        seed=seed,
        engine=engine,
    )
    existed = run is not None and run.is_dir()
    with TrainingRun.start(data, settings, run) as project:
        try:
            _train_and_report(project, json, explain_weight)
        except TrainingError:
            if not project.folder.history():  # no epoch was finished: nothing to continue
                shutil.rmtree(project.folder.path)
                if existed:  # restore the empty folder
                    project.folder.path.mkdir()
            raise


def _train_and_report(project: TrainingRun, json: bool, explain_weight: bool) -> None:
    """Train with a progress bar, then print the report."""
    from chainrule.cli.output.progress import training_progress
    from chainrule.cli.output.training_report import training_report

    done, folder = project.session.loop.epoch, short_path(project.folder.path)
    if project.session.loop.stopped:
        print(f"training stopped early, after {done} epochs; nothing is left", file=sys.stderr)
    elif done == project.settings.epochs:
        print(
            f"all {done} epochs are done; for more: chainrule train --resume"
            f" {shlex.quote(folder)} --epochs {2 * done}",
            file=sys.stderr,
        )
    with training_progress(project) as watcher:
        try:
            finished = project.train(watcher)
        except TrainingError as error:
            raise _with_folder(error, len(project.folder.history()), folder) from None
    if not finished:
        print(
            f"stopped in epoch {project.session.loop.epoch + 1}, saved in {folder}\n"
            f"go on with: chainrule train --resume {shlex.quote(folder)}",
            file=sys.stderr,
        )
        raise typer.Exit(130)
    report, pictures = project.report(), project.draw()
    if json:
        print(encoder.dumps(_json_value(report.to_dict()), indent=2))
        return
    print(training_report(report, pictures), end="")
    if explain_weight:
        from chainrule.train.runs import trained_network

        print(
            f"\n{trained_network.explain_weight(trained_network.TrainedNetwork.of(project))}",
            end="",
        )


def _with_folder(error: TrainingError, epochs: int, folder: str) -> TrainingError:
    """The error, with a remedy that names the folder where the epochs before it are saved."""
    if not epochs:
        return error
    before = "the epoch before is" if epochs == 1 else f"the {epochs} epochs before are"
    remedy = f"{error.remedy}; {before} kept in {folder}"
    return TrainingError(error.where, expected=error.expected, got=error.got, remedy=remedy)


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


def _without_none(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _json_value(value: Any) -> Any:
    """The value with None for numbers that are not finite, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _json_value(entry) for key, entry in value.items()}
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value
