"""`chainrule train`: data sets and files, the report, and mistakes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from chainrule.errors import TrainingError
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import SaveInterval, TrainingRun
from cli.command import process

RNG = np.random.default_rng(0)
N = 60
FRAME = pl.DataFrame(
    {
        "width": RNG.normal(size=N).round(4),
        "colour": RNG.choice(["red", "green", "blue"], N),
        "sold": RNG.choice(["true", "false"], N),
        "day": [f"2026-01-{1 + i % 28:02d}" for i in range(N)],
        "price": (RNG.normal(size=N) * 1e4).round(2),
        "kind": ["good", "bad"] * (N // 2),
    }
)
TYPED = FRAME.with_columns(pl.col("day").str.to_date(), pl.col("sold") == "true")
CONTRACT = {
    "dataset", "rows", "task", "epochs", "train_loss", "validation_loss", "test_loss", "seconds",
    "samples_per_second", "run",
}  # fmt: skip
SMALL = ("--epochs", "2", "--layers", "5")


@pytest.fixture
def csv(tmp_path: Path) -> str:
    FRAME.write_csv(tmp_path / "things.csv")
    return "things.csv"


def with_gaps(frame: pl.DataFrame) -> pl.DataFrame:
    rows = pl.int_range(pl.len())
    gaps = [pl.when(rows % 9 == 4).then(None).otherwise(pl.col(c)).alias(c) for c in frame.columns]
    return frame.with_columns(*gaps[:-2])


SETS = {"digits": 1797, "iris": 150, "wine": 178, "breast-cancer": 569, "diabetes": 442}


@pytest.mark.parametrize("name", ["iris", "diabetes"])
def test_simple_models_in_the_report(call, tmp_path: Path, name: str):
    done = call("train", name, *SMALL, "--json", "--run", "run")
    found = json.loads(done.out)
    evaluation = found["evaluation"]
    baseline, metric = ("mean", "r2") if name == "diabetes" else ("majority", "accuracy")
    assert [*evaluation["scores"]] == [baseline, "linear", "network"]
    assert evaluation["part"] == "test"
    np.testing.assert_allclose(
        evaluation["scores"]["network"][metric], found[f"test_{metric}"], rtol=1e-5
    )
    if metric == "accuracy":
        loss = evaluation["scores"]["network"]["log_loss"]
        np.testing.assert_allclose(loss, found["test_loss"], rtol=1e-5)
    report = tmp_path / "run" / "report.json"
    assert json.loads(report.read_text()) == found
    shown = call("train", "--resume", "run", "--epochs", "3", "--figures", "none").out
    assert f"{evaluation['rows']} test rows: the network beside simple models" in shown
    assert json.loads(report.read_text())["epochs"] == 3


def test_a_run_that_stops_has_no_report(call, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(TrainingRun, "train", lambda *_: False)
    assert call("train", "iris", *SMALL, "--run", "run").code == 130
    assert not (tmp_path / "run" / "report.json").exists()


@pytest.mark.parametrize("name", SETS)
def test_built_in_data_sets(call, name: str):
    done = call("train", name, *SMALL, "--json", "--run", "run")
    found = json.loads(done.out)
    metric = "test_r2" if name == "diabetes" else "test_accuracy"
    assert set(found) >= CONTRACT | {metric}
    assert (found["dataset"], found["rows"], found["epochs"]) == (name, SETS[name], 2)
    assert found["task"] == ("regression" if name == "diabetes" else "classification")
    assert found["samples_per_second"] > 0
    assert Path(found["run"]).samefile("run")
    assert done.err.startswith("epoch 1/2  loss ")


def test_only_json_is_printed(tmp_path: Path):
    done = process("train", "iris", *SMALL, "--json", cwd=tmp_path)
    assert done.code == 0
    found = json.loads(done.out)
    assert [f"runs/{name}" for name in os.listdir(tmp_path / "runs")] == [
        os.path.relpath(found["run"], tmp_path)
    ]
    assert "\x1b" not in done.out + done.err


def test_report_of_a_classification(call, tmp_path: Path):
    done = call("train", "iris", *SMALL, "--run", "run")
    for words in (
        "iris: 150 rows, classification",
        "test rows: true class (down), predicted (across)",
        "gradient norm of each layer",
        "layers.0",
        "trained 2 epochs in",
        "picture  run/figures/loss.png",
        "run      run",
    ):
        assert words in done.out
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith(" ") for line in lines)
    assert "\x1b" not in done.out
    assert (tmp_path / "run/figures/loss.png").exists()


def test_report_of_a_regression(call, csv: str):
    done = call("train", csv, "--target", "price", *SMALL)
    assert "true minus predicted, in the target's units" in done.out
    assert "R²" in done.out


@pytest.mark.parametrize("form", ["csv", "parquet", "semicolons"])
@pytest.mark.parametrize(("target", "task"), [("kind", "classification"), ("price", "regression")])
@pytest.mark.usefixtures("one_figure")
def test_files(call, tmp_path: Path, form: str, target: str, task: str):
    """Files with numbers, categories, booleans and dates."""
    file = "things.parquet" if form == "parquet" else "things.csv"
    if form == "parquet":
        TYPED.write_parquet(tmp_path / file)
    else:
        FRAME.write_csv(tmp_path / file, separator=";" if form == "semicolons" else ",")
    done = call("train", file, "--target", target, *SMALL, "--run", "run", "--json")
    found = json.loads(done.out)
    assert (found["dataset"], found["rows"], found["task"]) == ("things", N, task)
    columns = {
        c["name"]: c["kind"] for c in RunFolder.read(Path("run")).config["encoder"]["columns"]
    }
    assert columns["width"] == "number"
    assert columns["colour"] == "category"
    assert columns["sold"] == "boolean"
    assert columns["day"] == "date"


@pytest.mark.parametrize("impute", ["mean", "most-frequent"])
@pytest.mark.usefixtures("one_figure")
def test_missing_values(call, tmp_path: Path, impute: str):
    with_gaps(FRAME).write_csv(tmp_path / "things.csv")
    words = ("train", "things.csv", "--target", "kind", *SMALL)
    done = call(*words, "--run", "default")
    assert "7 cells of `width` read as missing; filled with " in done.err
    assert "and an input says where" in done.err
    done = call(*words, "--impute", impute, "--run", "run")
    assert "read as missing; filled with " in done.err
    assert "and an input says where" not in done.err


@pytest.mark.usefixtures("one_figure")
def test_every_option_reaches_the_run(call, csv: str):
    options = (
        "--layers 7,3 --activation tanh --batch-norm --dropout 0.1 --init normal --epochs 1"
        " --batch-size 9 --optimizer sgd --lr 0.02 --momentum 0.5 --nesterov --weight-decay 0.01"
        " --clip-value 2 --clip-norm 3 --dtype float64 --seed 5 --drop day --test-fraction 0.3"
        " --validation-fraction 0.2 --task classification --patience 0"
    )
    assert call("train", csv, "--target", "kind", "--run", "run", *options.split()).code == 0
    config = RunFolder.read(Path("run")).config
    training = config["training"]
    optimizer = training.pop("optimizer")
    assert optimizer == {
        "name": "sgd",
        "learning_rate": 0.02,
        "momentum": 0.5,
        "nesterov": True,
        "weight_decay": 0.01,
    }
    assert training == {
        "layers": [7, 3],
        "activation": "tanh",
        "batch_norm": True,
        "dropout": 0.1,
        "init": "normal",
        "dtype": "float64",
        "epochs": 1,
        "batch_size": 9,
        "clip_value": 2.0,
        "clip_norm": 3.0,
        "schedule": "constant",
        "watch": "loss",
        "accumulate": 1,
        "engine": "compiled",
        "seed": 5,
    }
    found = config["data"]
    assert (found["drop"], found["seed"], found["task"]) == (["day"], 5, "classification")
    assert (found["test_fraction"], found["validation_fraction"]) == (0.3, 0.2)


def test_full_batches_and_no_hidden_layer(call, csv: str):
    words = ("train", csv, "--target", "kind", "--epochs", "1", "--run", "run")
    assert call(*words, "--batch-size", "full", "--layers", "").code == 0
    training = RunFolder.read(Path("run")).config["training"]
    assert (training["batch_size"], training["layers"]) == ("full", [])


@pytest.mark.usefixtures("one_figure")
def test_resume(call, csv: str, tmp_path: Path):
    call("train", csv, "--target", "kind", *SMALL, "--run", "run")
    done = call("train", "--resume", "run", "--json")
    assert json.loads(done.out)["epochs"] == 2
    assert "all 2 epochs are done; for more: chainrule train --resume run --epochs 4" in done.err
    found = json.loads(call("train", "--resume", "run", "--epochs", "5", "--json").out)
    assert found["epochs"] == 5
    assert Path(found["run"]) == tmp_path / "run"
    call("train", csv, "--target", "kind", "--epochs", "5", "--layers", "5", "--run", "whole")
    one, other = (RunFolder.read(Path(run)).checkpoint() for run in ("run", "whole"))
    for name, value in one.parameters.items():
        assert value.tobytes() == other.parameters[name].tobytes()
    assert call("train", "--resume", "run", "--epochs", "5", csv).code == 0


@pytest.mark.usefixtures("one_figure")
def test_options_that_a_resume_would_ignore(call, csv: str):
    call("train", csv, "--target", "kind", *SMALL, "--run", "run")
    for option in (["--lr", "0.1"], ["--layers", "128,64"], ["--seed", "0"], ["--batch-norm"]):
        message = call("train", "--resume", "run", *option).refusal()
        assert "a run goes on with its own" in message
        assert ("--learning-rate" if option[0] == "--lr" else option[0]) in message
    assert "got different data" in call("train", "iris", "--resume", "run").refusal()
    assert "at least the 2" in call("train", "--resume", "run", "--epochs", "1").refusal()


def test_a_weight_explained(call):
    done = call("train", "iris", *SMALL, "--explain-weight")
    assert "The gradient of layers.0.weight[" in done.out
    assert "CHAIN RULE" in done.out
    assert "the one it gets most wrong" in " ".join(done.out.split())
    assert max(map(len, done.out.splitlines())) <= 80
    assert "leave one out" in call("train", "iris", "--explain-weight", "--json").refusal()


def test_metrics_that_are_nan_are_null(call, tmp_path: Path):
    """R² of a single validation row: JSON has no NaN."""
    done = call("train", "diabetes", *SMALL, "--validation-fraction", "0.001", "--json")
    assert json.loads(done.out, parse_constant=pytest.fail)["validation_r2"] is None


MISTAKES = {
    "nothing": ((), "try: chainrule train digits"),
    "no name": (("",), "try: chainrule train digits"),
    "a slip": (("digit",), "did you mean digits?"),
    "no file": (("thing.csv", "--target", "kind"), "did you mean things.csv?"),
    "folder": ((".",), "expected images"),
    "no target": (("things.csv",), "add --target kind"),
    "another target": (("things.csv", "--target", "kin"), "did you mean kind?"),
    "all dropped": (("things.csv", "--target", "kind", "--drop", "kind"), "none left"),
    "no such column": (("things.csv", "--target", "kind", "--drop", "x"), "dropped column"),
    "task": (("things.csv", "--target", "kind", "--task", "regression"), "expected numbers"),
    "impute": (("iris", "--impute", "zero"), "mean, median, most-frequent"),
    "layers": (("iris", "--layers", "4,x"), "widths such as 128,64"),
    "no width": (("iris", "--layers", "4,,2"), "widths such as 128,64"),
    "weights": (("iris", "--class-weights", "1=2,2=1,1=3"), "each class once, got '1' twice"),
    "superscript": (("iris", "--layers", "²"), "widths such as 128,64"),
    "endless width": (("iris", "--layers", "9" * 5000), "widths such as 128,64"),
    "endless batch": (("iris", "--batch-size", "9" * 5000), "a whole number, or full"),
    "endless warm-up": (("iris", "--warm-up", "9" * 5000), "a length such as '100 steps'"),
    "endless seed": (("iris", "--seed", "9" * 3000), "from 0 to 9007199254740992 as 'data.seed'"),
    "large seed": (("iris", "--seed", str(2**53 + 1)), "to 9007199254740992 as 'data.seed'"),
    "patience": (("iris", "--patience", "9" * 30), "to 9007199254740992 as 'training.patience'"),
    "epochs of centuries": (("iris", "--epochs", "9" * 30), "as 'training.epochs'"),
    "huge": (("iris", "--layers", "9" * 30), "1,000,000"),
    "batch": (("iris", "--batch-size", "half"), "a whole number, or full"),
    "batch norm": (("iris", "--batch-norm", "--batch-size", "1"), "no spread"),
    "activation": (("iris", "--activation", "rely"), "did you mean relu"),
    "optimizer": (("iris", "--optimizer", "adma"), "did you mean"),
    "momentum": (("iris", "--momentum", "0.9"), "got 'momentum'"),
    "rate": (("iris", "--lr", "nan"), "a number above 0"),
    "init": (("iris", "--init", "__import__('os')"), "initialiser"),
    "fraction": (("iris", "--test-fraction", "1"), "[0, 1)"),
    "too few": (("iris", "--test-fraction", "0.99"), "enough rows"),
    "epochs": (("iris", "--epochs", "0"), "1 or more"),
    "seed": (("iris", "--seed", "-1"), "0 or more"),
    "dtype": (("iris", "--dtype", "int8"), "float32 or float64"),
    "here": (("iris", "--run", "."), "a folder of its own"),
    "taken": (("iris", "--run", "things.csv"), "got a file"),
    "inside a file": (("iris", "--run", "things.csv/run"), "things.csv"),
    "other things": (("iris", "--run", "full"), "a folder with other files"),
    "no run": (("--resume", "run"), "no such folder"),
    "no run in it": (("--resume", "full"), "no config.toml in it"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(call, csv: str, tmp_path: Path, name: str):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("important")
    words, expected = MISTAKES[name]
    assert expected in call("train", *words).refusal()
    assert sorted(os.listdir(tmp_path)) == ["full", "things.csv"]
    assert os.listdir(tmp_path / "full") == ["thesis.tex"]


def test_a_run_that_diverges_leaves_an_existing_folder_empty(call, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    words = ("iris", "--optimizer", "sgd", "--lr", "1e30", "--run", "mine")
    done = call("train", *words)
    assert (done.code, done.out) == (2, "")
    assert "a finite" in done.err.splitlines()[-1]
    assert os.listdir(tmp_path / "mine") == []


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_epochs_before_a_run_diverges_are_saved(call, tmp_path: Path, engine: str):
    """Even if it diverges before the next regular save."""
    words = ("--optimizer", "sgd", "--lr", "2", "--layers", "", "--dtype", "float64")
    done = call("train", "diabetes", *words, "--engine", engine, "--run", "run")
    message = done.err.splitlines()[-1]
    assert done.code == 2
    assert max(map(len, done.err.splitlines()[:-1])) < 80
    lines = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    assert len(lines) > 1
    assert f"the {len(lines)} epochs before are kept in run" in message
    assert call("train", "--resume", "run").refusal().strip() == message


def test_epochs_that_were_not_saved_are_not_mentioned(call, tmp_path: Path, monkeypatch):
    """An error that does not know the losses before it leaves nothing to save."""
    monkeypatch.setattr(TrainingError, "losses", property(lambda _: None, lambda *_: None))
    monkeypatch.setattr(TrainingRun, "saving", SaveInterval(seconds=1e9))
    words = ("--optimizer", "sgd", "--lr", "2", "--layers", "", "--dtype", "float64")
    done = call("train", "diabetes", *words, "--run", "run")
    assert done.code == 2
    assert "epochs before" not in done.err
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("error")
def test_a_class_name_that_no_font_has(call, tmp_path: Path):
    lines = [f"{i},{name}" for i in range(30) for name in ("v", "🙃")]
    (tmp_path / "things.csv").write_text("a,y\n" + "\n".join(lines) + "\n")
    assert call("train", "things.csv", "--target", "y", *SMALL).code == 0


FILES = {
    "empty": (b"", "an empty file"),
    "names only": (b"a,y\n", "rows of data"),
    "one row": (b"a,y\n1,2\n", "numbers that vary"),
    "one column": (b"y\n1\n2\n3\n", "none left"),
    "one class": (b"a,y\n" + b"1,u\n" * 9, "two classes"),
    "ragged": (b"a,y\n1,2\n1\n", "line 3"),
    "no names": (b"1,2\n3,4\n", "column names"),
    "binary": (b"a,y\n\0\1,2\n", "binary content"),
    "no answers": (b"a,y\n" + b"1,\n2,\n3,\n" * 9, "got none in any row"),
    "infinite": (b"a,y\n" + b"1,2\n2,inf\n3,4\n" * 9, "finite numbers"),
    "beyond float64": (b"a,y\n" + b"1e999,2\n2,3\n" * 9, "finite numbers"),
    "squares overflow": (b"a,y\n" + b"1e300,2\n2,3\n" * 9, "finite"),
    "escapes": (b"a\x1b[31m,b\n" + b"1,2\n" * 9, "--target"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_used(call, tmp_path: Path, name: str):
    content, expected = FILES[name]
    (tmp_path / "bad.csv").write_bytes(content)
    words = [] if name == "escapes" else ["--target", "y"]
    message = call("train", "bad.csv", *words).refusal()
    assert expected in message
    assert message.isprintable()
    assert os.listdir(tmp_path) == ["bad.csv"]


def test_a_truncated_parquet_file(call, tmp_path: Path):
    FRAME.write_parquet(tmp_path / "bad.parquet")
    content = (tmp_path / "bad.parquet").read_bytes()
    (tmp_path / "bad.parquet").write_bytes(content[: len(content) // 2])
    assert "no Parquet in it" in call("train", "bad.parquet", "--target", "kind").refusal()


def test_class_names_with_terminal_codes(call, tmp_path: Path):
    lines = [f"{i},{name}" for i in range(30) for name in ("v", "x\x1b[31m")]
    (tmp_path / "bad.csv").write_text("a,y\n" + "\n".join(lines) + "\n")
    done = call("train", "bad.csv", "--target", "y", *SMALL)
    assert done.code == 0
    assert "\\x1b[31m" in done.out
    assert "\x1b" not in done.out


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_circular_links(call, tmp_path: Path):
    (tmp_path / "loop").symlink_to("loop")
    call("train", "iris", "--run", "loop/run").refusal()
    call("train", "--resume", "loop/run").refusal()
    call("train", "loop/x.csv").refusal()


@pytest.mark.skipif(os.name == "nt", reason="bytes as names")
def test_a_file_name_that_is_not_utf8(call, tmp_path: Path):
    FRAME.write_csv(tmp_path / "things.csv")
    (tmp_path / "things.csv").rename(tmp_path / "\udcff.csv")
    assert "not UTF-8" in call("train", "\udcff.csv", "--target", "kind").refusal()


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(call, tmp_path: Path):
    (tmp_path / "mine").mkdir(mode=0o500)
    assert "Permission denied" in call("train", "iris", "--run", "mine/run").refusal()


@pytest.mark.skipif(os.name == "nt", reason="limits of a process")
def test_a_full_disk(tmp_path: Path):
    """With a limit of a kilobyte per file, no run is started that cannot be saved."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))

    done = process("train", "iris", "--run", "run", cwd=tmp_path, preexec_fn=limit)
    *notes, refusal = done.err.splitlines()
    assert (done.code, done.out) == (2, "")
    assert refusal.startswith("chainrule: run: ")
    assert "File too large" in refusal
    assert all(note.startswith("compiled kernels cannot be kept on disk: ") for note in notes)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("cells", [("0x0", "0x1", "0x2"), ("1_000", "2_000", "1_500")])
def test_a_column_whose_numbers_are_taken_as_text_is_noted(call, tmp_path: Path, cells):
    lines = ["size,y", *(f"{cells[i % 3]},{'uv'[i % 2]}" for i in range(30))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    words = ("--target", "y", "--layers", "4", "--epochs", "1", "--engine", "reference")
    done = call("train", "t.csv", *words, "--run", "run")
    assert "`size` is taken as text, as categories" in done.err
    assert repr(cells[0]) in done.err


def test_many_columns_of_notes_are_counted(call, tmp_path: Path):
    """Twelve are named by `predict` of those with values that no training row had."""
    names = [f"c{i}" for i in range(15)]
    rows = [",".join([f"0x{i % 3}"] * 15) + f",{'uv'[i % 2]}" for i in range(30)]
    (tmp_path / "t.csv").write_text("\n".join([",".join([*names, "y"]), *rows]))
    words = ("--target", "y", "--layers", "4", "--epochs", "1", "--engine", "reference")
    lines = call("train", "t.csv", *words, "--run", "run").err.splitlines()
    assert sum("is taken as text" in line for line in lines) == 8
    assert "  7 more: such columns" in lines
    (tmp_path / "new.csv").write_text("\n".join([",".join(names), ",".join(["0x9"] * 15)]))
    notes = call("predict", "run", "new.csv").err.splitlines()
    assert len(notes) == 13
    assert notes[-1] == "note: so have 3 further columns"
