"""Cross-validation of a run: as trained by hand, resumed after any interruption, kept in a file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from chainrule.errors import OptionError, RunError
from chainrule.train.data.load_dataset import load
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.loop.folds.cross_validation import CrossValidation, FoldRecord
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.run_config import with_settings_digest
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.trained_network import TrainedNetwork
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, assert_same, on, write_csv

FOLDS = dataclasses.replace(EVERYTHING, folds=3, validation_fraction=0.0, engine="reference")


def trained(run: TrainingRun) -> CrossValidation:
    """The run trained to its end."""
    assert run.folds is not None
    for number in run.folds.left:
        assert run.folds.train(run.folds.start(number), Callbacks()) is not None
    run.train()
    found = run.report().cross_validation
    assert found is not None
    return found


def timeless(found: CrossValidation | dict) -> list[FoldRecord]:
    folds = found.folds if isinstance(found, CrossValidation) else [r for _, r in found.values()]
    return [dataclasses.replace(record, seconds=0.0) for record in folds]


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "things.csv")


def test_each_fold_is_the_training_that_a_test_file_would_give(csv: Path, tmp_path: Path):
    """Rows of scikit-learn's folds in two files; the second is tested with."""
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "run") as run:
        found = trained(run)
    header, *lines = csv.read_text().splitlines()
    kinds = np.array([line.rpartition(",")[2] for line in lines])
    splitter = StratifiedKFold(3, shuffle=True, random_state=FOLDS.seed)
    for number, (train, test) in enumerate(splitter.split(kinds, kinds)):
        files = tmp_path / "train.csv", tmp_path / "test.csv"
        for file, rows in zip(files, (train, test), strict=True):
            file.write_text("\n".join([header, *(lines[row] for row in rows)]))
        options = dataclasses.replace(on(files[0], FOLDS), folds=None, test=str(files[1]))
        with TrainingRun.start(options, tmp_path / f"by-hand-{number}") as by_hand:
            by_hand.train()
            report = by_hand.report()
        fold = found.folds[number]
        assert (fold.train_rows, fold.rows) == (len(train), len(test))
        assert fold.loss == report.test.loss
        assert fold.metric == report.test.metric


def test_the_network_that_is_kept(csv: Path, tmp_path: Path):
    """It is the one that would be trained on all rows without any folds."""
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "run") as run:
        trained(run)
        report = run.report()
    alone = dataclasses.replace(on(csv, FOLDS), folds=None, test_fraction=0.0)
    with TrainingRun.start(alone, tmp_path / "alone") as other:
        other.train()
    one, two = (RunFolder.read(tmp_path / name).checkpoint() for name in ("run", "alone"))
    for name, values in one.parameters.items():
        assert values.tobytes() == two.parameters[name].tobytes()
    assert report.test is None
    assert report.rows == 60
    assert Predictor(tmp_path / "run").predict(csv).score.rows == 60


def test_resumed_after_a_kill_anywhere(csv: Path, tmp_path: Path):
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "whole") as run:
        whole = trained(run)
    path = tmp_path / "run"
    with TrainingRun.start(on(csv, FOLDS), path) as run:
        assert run.folds.train(run.folds.start(1), Callbacks()) is not None
        stops = iter([False, False, True, True])
        halfway = Callbacks(stop=lambda: next(stops))
        assert run.folds.train(run.folds.start(2), halfway) is None
        assert run.report().cross_validation is None
    content = (path / "folds.jsonl").read_bytes()
    for cut in (len(content), len(content) - 20):  # the second time also its only line is lost
        (path / "folds.jsonl").write_bytes(content[:cut] + b'{"fold": 2, "ep')
        with TrainingRun.resume(path) as run:
            assert run.folds.left == ([2, 3] if cut == len(content) else [1, 2, 3])
    with TrainingRun.resume(path) as run:
        assert timeless(trained(run)) == timeless(whole)
    assert_same(RunFolder.read(path).checkpoint(), RunFolder.read(tmp_path / "whole").checkpoint())
    assert len((path / "folds.jsonl").read_bytes().splitlines()) == 3


def test_folds_are_trained_again_for_more_epochs(csv: Path, tmp_path: Path):
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "run") as run:
        first = trained(run)
    with TrainingRun.resume(tmp_path / "run") as run:
        assert run.folds.left == []
        assert timeless(run.report().cross_validation) == timeless(first)
    with TrainingRun.resume(tmp_path / "run", epochs=8) as run:
        assert run.folds.left == [1, 2, 3]
        more = trained(run)
    longer = dataclasses.replace(on(csv, FOLDS), epochs=8)
    with TrainingRun.start(longer, tmp_path / "longer") as run:
        assert timeless(trained(run)) == timeless(more)


def test_hostile_files(csv: Path, tmp_path: Path):
    path = tmp_path / "run"
    with TrainingRun.start(on(csv, FOLDS), path) as run:
        run.folds.train(run.folds.start(1), Callbacks())
    file = path / "folds.jsonl"
    content = file.read_bytes()
    for wrong in (content.replace(b'"fold": 1', b'"fold": 9'), b"\0\n" + content, b"[]\n[]\n"):
        file.write_bytes(wrong)
        with pytest.raises(RunError, match=r"folds\.jsonl|results of 3 folds"):
            TrainingRun.resume(path)
    file.unlink()
    file.symlink_to(csv)
    with pytest.raises(RunError):
        TrainingRun.resume(path)
    assert csv.read_text().startswith("width")
    file.unlink()
    with TrainingRun.resume(path) as run:
        assert run.folds.left == [1, 2, 3]


def test_more_folds_than_rows(csv: Path, tmp_path: Path):
    """They are refused before a list of them would fill the memory."""
    path = tmp_path / "run"
    with TrainingRun.start(on(csv, FOLDS), path):
        pass
    with RunFolder.resume(path) as folder:
        config = dict(folder.config)
        config["data"] = {**config["data"], "folds": 2**53}
        folder.save(with_settings_digest(folder.checkpoint(), config))
        folder.write_config(config)
    with pytest.raises(RunError, match="at most one for each of 60 rows"):
        TrainingRun.resume(path)


def test_a_test_file_that_has_moved(csv: Path, tmp_path: Path):
    other = write_csv(tmp_path / "other.csv", seed=5)
    options = dataclasses.replace(on(csv, EVERYTHING), test=str(other), engine="reference")
    with TrainingRun.start(options, tmp_path / "run") as run:
        run.train()
        before = run.report().test
    moved = other.rename(tmp_path / "moved.csv")
    with TrainingRun.resume(tmp_path / "run", test=str(moved)) as run:
        assert run.report().test == before
    assert RunFolder.read(tmp_path / "run").config["data"]["test"] == str(moved)
    write_csv(moved, seed=6)
    with pytest.raises(RunError, match=r"moved\.csv"):
        TrainingRun.resume(tmp_path / "run")
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "folds"):
        pass
    with pytest.raises(OptionError, match="come from its own data"):
        TrainingRun.resume(tmp_path / "folds", test=str(moved))


def test_the_score_of_predictions_is_that_of_the_report(csv: Path, tmp_path: Path):
    other = write_csv(tmp_path / "other.csv", seed=5)
    options = dataclasses.replace(on(csv, EVERYTHING), test=str(other), engine="reference")
    for target in ("kind", "width"):
        changed = dataclasses.replace(options, target=target)
        with TrainingRun.start(changed, tmp_path / target) as run:
            run.train()
            report = run.report()
        score = Predictor(tmp_path / target).predict(other).score
        assert score.rows == 60
        assert score.loss == pytest.approx(report.test.loss, rel=1e-5)
        assert score.metric == pytest.approx(report.test.metric, rel=1e-5)
        assert score.name == report.metric


def test_columns_are_encoded_by_the_rows_of_the_fold(csv: Path, tmp_path: Path):
    with TrainingRun.start(on(csv, FOLDS), tmp_path / "run") as run:
        datasets = [run.folds.start(number).dataset for number in (1, 2, 3)]
    means = {data.encoder.columns[0].mean for data in [*datasets, load(on(csv, FOLDS))]}
    assert len(means) == 4
    for data in datasets:
        assert data.train.x[:, 0].mean() == pytest.approx(0, abs=1e-6)


def test_explained_rows_are_called_by_where_they_are_from(csv: Path, tmp_path: Path):
    other = write_csv(tmp_path / "other.csv", seed=5)
    usual = on(csv, EVERYTHING)
    for changes, place in (
        ({}, "row 0 held out of things"),
        ({"test": str(other)}, "row 0 of other.csv"),
        ({"folds": 2}, "row 0 of the training rows of things"),
    ):
        options = dataclasses.replace(usual, engine="reference", **changes)
        path = tmp_path / place.replace(" ", "-")
        with TrainingRun.start(options, path) as run:
            run.train()
        assert TrainedNetwork.read(path).record([0]).title.endswith(f", for {place}")
