"""The options of a run: one field is all that the command line, config.toml and `fit` need."""

from __future__ import annotations

import inspect
import tomllib
from dataclasses import dataclass, replace

import pytest
import tomli_w
import typer
import typer.testing

import chainrule as cr
from chainrule.cli.arguments.option_parameters import parse_options, with_options
from chainrule.errors import ChainruleError, OptionError, RunError, UnknownNameError
from chainrule.train.options import RunOptions, TrainingOptions
from chainrule.train.options.checks import one_of
from chainrule.train.options.held_out.held_out_rows import HeldOutRows
from chainrule.train.options.keywords import with_keywords
from chainrule.train.options.option import Section, option
from chainrule.train.options.table_options import ColumnOptions
from chainrule.train.schedules import Cosine
from train.run_cases import EVERYTHING, on


@dataclass(frozen=True, kw_only=True)
class More(RunOptions):
    """The options of a run and a new one."""

    smoothing: str = option(
        "none", "Of labels.", "HOW", Section.COURSE, check=one_of("smoothing", "none", "even")
    )


def test_a_new_option_is_one_field():
    app, seen = typer.Typer(rich_markup_mode=None), []

    @app.command()
    def command(context: typer.Context, **given):
        seen.append(More(**parse_options(given, More)))

    app.registered_commands[0].callback = with_options(More)(command)
    run = typer.testing.CliRunner().invoke
    assert "--smoothing HOW" in run(app, ["--help"]).output
    assert run(app, ["iris"]).exit_code == 0
    assert run(app, ["iris", "--smoothing", "even"]).exit_code == 0
    assert [options.smoothing for options in seen] == ["none", "even"]
    tables = tomllib.loads(tomli_w.dumps(seen[1].to_tables()))
    assert tables["training"]["smoothing"] == "even"
    assert More.from_tables(tables) == seen[1]
    with pytest.raises(UnknownNameError, match="smoothing: expected one of none, even, got 'odd'"):
        replace(seen[1], smoothing="odd")

    @with_keywords(More)
    def fit(model, data, options: More):
        return options.smoothing

    assert inspect.signature(fit).parameters["smoothing"].default == "none"
    assert fit(None, None, smoothing="even") == "even"


@pytest.mark.parametrize(
    "options",
    [
        RunOptions("iris"),
        on("things.csv", EVERYTHING),
        RunOptions("a.csv", drop=("u", "v"), task="regression", impute="mean", layers=()),
        RunOptions("iris", schedule="plateau(2)", warm_up=7, patience=3, watch="metric"),
        RunOptions("iris", class_weights=(1.0, 2.0, 3.0), clip_value=0.5, batch_size="full"),
        RunOptions("iris", class_weights={"setosa": 2.0}, optimizer="adamw", weight_decay=0.1),
    ],
)
def test_config_toml_gives_the_options_back(options):
    tables = tomllib.loads(tomli_w.dumps(options.to_tables()))
    assert RunOptions.from_tables(tables) == options


def test_an_entry_that_is_left_out_has_the_default():
    tables = {"data": {"source": "iris"}, "training": {}}
    assert RunOptions.from_tables(tables) == RunOptions("iris")


@pytest.mark.parametrize(
    ("data", "training", "message"),
    [
        ({}, {}, "data settings: expected entries among categorical, date, .*, source"),
        ({"source": "iris", "layers": [4]}, {}, "got layers"),
        ({"source": "iris"}, {"momentum": 0.5}, "training settings: .* got momentum"),
        ({"source": "iris", "seed": 1}, {"seed": 2}, "seed in config.toml: .* got 1 and 2"),
    ],
)
def test_tables_that_nobody_wrote(data, training, message):
    with pytest.raises(RunError, match=message):
        RunOptions.from_tables({"data": data, "training": training})


def test_hyperparameters_become_part_of_the_optimizer():
    options = RunOptions("iris", optimizer="sgd", learning_rate=0.5, momentum=0.9, nesterov=True)
    assert options.optimizer == cr.optimizers.SGD(0.5, momentum=0.9, nesterov=True)
    assert replace(options, learning_rate=0.1).optimizer == cr.optimizers.SGD(
        0.1, momentum=0.9, nesterov=True
    )
    assert replace(options, optimizer="adam").optimizer == cr.optimizers.Adam()
    with pytest.raises(UnknownNameError, match="adam hyperparameter"):
        RunOptions("iris", optimizer="adam", momentum=0.9)


def test_names_become_what_they_name():
    options = TrainingOptions(schedule="cosine(0.1)", warm_up="2 epochs")
    assert options.schedule == Cosine(0.1)
    assert str(options.warm_up) == "2 epochs"


def test_fit_takes_the_options_of_any_training():
    parameters = inspect.signature(cr.fit).parameters
    only_python = ("model", "data", "loss", "on_epoch", "callbacks", "hooks", "validation")
    only_python += ("ignore", "label_smoothing")
    names = [name for name in parameters if name not in only_python]
    columns = [name for name in ColumnOptions.__dataclass_fields__ if name != "target"]
    division = list(HeldOutRows.__dataclass_fields__)
    assert names == ["target", *TrainingOptions.__dataclass_fields__, *columns, *division]
    assert parameters["epochs"].default == 20
    assert parameters["test_fraction"].default == 0.0


REFUSED = {
    "epochs": 0,
    "test_fraction": 1.0,
    "validation_fraction": -0.1,
    "seed": -1,
    "accumulate": 1.5,
    "patience": True,
    "watch": "accuracy",
    "engine": "steam",
    "dtype": "float16",
    "task": "sorting",
    "impute": "guess",
    "layers": (0,),
    "clip_norm": -1.0,
    "clip_value": 0.0,
    "schedule": "never",
    "warm_up": "soon",
    "optimizer": "adm",
    "learning_rate": 0.0,
}


@pytest.mark.parametrize("name", REFUSED)
def test_values_out_of_range(name):
    with pytest.raises(ChainruleError) as caught:
        RunOptions("iris", **{name: REFUSED[name]})
    assert isinstance(caught.value, (OptionError, UnknownNameError))
    assert "\n" not in str(caught.value)


def test_an_unknown_keyword_of_fit():
    with pytest.raises(TypeError, match=r"fit\(\) got an unexpected keyword argument 'epoch'"):
        cr.fit(cr.nn.mlp(1, (), 1), ([[1.0], [2.0]], [1.5, 2.5]), epoch=3)


def test_folds_of_an_ensemble_are_refused():
    with pytest.raises(OptionError, match="folds and ensemble: expected one of the two"):
        RunOptions("iris", folds=5, ensemble=3)
