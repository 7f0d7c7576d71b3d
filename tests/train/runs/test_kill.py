"""`chainrule train` killed 50 times at random moments, and what it leaves behind."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from train.run_cases import EVERYTHING, assert_same, on, timeless, write_csv

pytestmark = pytest.mark.skipif(os.name == "nt", reason="kill -9")

SCRIPT = Path(__file__).parents[1] / "forking_trainer.py"
EPOCHS = 700
OPTIONS = [
    *("--target=kind", "--layers=6,5", "--activation=tanh", "--batch-norm", "--dropout=0.2"),
    *("--optimizer=sgd", "--lr=0.05", "--momentum=0.9", "--clip-norm=1"),
    *("--batch-size=10", "--seed=3", f"--epochs={EPOCHS}", "--patience=0"),
    *("--validation-fraction=0.1", "--init=xavier"),
]
# matrices this small are not shared out among threads, which would only wait for cores
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


class Lives:
    """Starts the run, or goes on with it where there is one, and ends its processes."""

    def __init__(self, folder: Path) -> None:
        self.csv, self.run = write_csv(folder / "things.csv"), Path()
        self.errors = folder / "errors"
        self.forks = self._process(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._answer() == "ready"

    def fresh(self, seconds: float) -> None:
        """A new process, killed at this time after its start, and by its twelfth epoch."""
        with self._process("10", *self._words(), stdout=subprocess.DEVNULL) as process:
            time.sleep(seconds)
            process.kill()

    def training(self, epochs: int, seconds: float) -> None:
        """A process that need not import; it dies this CPU time after it has saved some epochs."""
        self._tell(json.dumps([[epochs, seconds], self._words()]))
        self._tell("wait")
        assert self._answer() in (str(-signal.SIGPROF), str(-signal.SIGKILL))

    def drawing(self, seconds: float) -> None:
        """One that trains to the end, killed at this time after it, while figures are drawn."""
        self._tell(json.dumps([None, self._words()]))
        end = time.monotonic() + 300
        while not trained(self.run):
            assert time.monotonic() < end
            time.sleep(0.002)
        time.sleep(seconds)
        self._tell("kill")
        assert self._answer() in ("0", str(-signal.SIGKILL))

    def finish(self) -> None:
        """A process that is left alone."""
        self._tell(json.dumps([None, self._words()]))
        self._tell("wait")
        assert self._answer() == "0"

    def close(self) -> None:
        self.forks.communicate()

    def _words(self) -> list[str]:
        if self.run.exists():
            return ["train", "--resume", str(self.run)]
        return ["train", str(self.csv), *OPTIONS, "--run", str(self.run)]

    def _process(self, *words: str, **streams: Any) -> subprocess.Popen[Any]:
        command = [sys.executable, str(SCRIPT), *words]
        with self.errors.open("ab") as errors:
            return subprocess.Popen(command, stderr=errors, env=ENVIRONMENT, **streams)

    def _tell(self, line: str) -> None:
        assert self.forks.stdin
        print(line, file=self.forks.stdin, flush=True)

    def _answer(self) -> str:
        assert self.forks.stdout
        return self.forks.stdout.readline().strip()


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    lives = Lives(tmp_path_factory.mktemp("lives"))
    yield lives
    lives.close()


@pytest.fixture
def lives(forks: Lives, tmp_path: Path) -> Lives:
    forks.run = tmp_path / "run"
    return forks


@pytest.fixture(scope="module")
def whole(forks: Lives, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The run that nobody interrupts."""
    run = tmp_path_factory.mktemp("whole") / "run"
    options = on(forks.csv, dataclasses.replace(EVERYTHING, epochs=EPOCHS))
    with TrainingRun.start(options, run) as training:
        training.train()
    return RunFolder.read(run)


def trained(run: Path) -> bool:
    history = run / "history.jsonl"
    return history.exists() and history.read_bytes().count(b"\n") >= EPOCHS


def check(run: Path) -> int:
    """The epochs of the run, which must be readable as it is."""
    folder = RunFolder.read(run)
    checkpoint, history = folder.checkpoint(), folder.history()
    assert [r.epoch for r in history] == list(range(1, len(history) + 1))
    assert len(history) >= checkpoint.epoch
    for picture in (run / "figures").glob("*.png"):
        assert picture.read_bytes().endswith(b"IEND\xaeB`\x82")
    return checkpoint.epoch


@pytest.mark.slow
@pytest.mark.parametrize("shard", [0, 1])
def test_killed_at_25_moments(tmp_path: Path, lives: Lives, whole: RunFolder, shard: int) -> None:
    """Two runs, killed 50 times in all."""
    run, rng, reached, as_they_trained = lives.run, random.Random(shard), list[int](), 0
    for moment in range(25):
        if moment % 5 == 0:  # starting up: importing, reading, making or opening the folder
            lives.fresh(rng.uniform(0, 0.6))
        elif moment < 19:  # training and saving
            before = check(run) if run.exists() else 0
            lives.training(rng.randrange(1, 11), rng.uniform(0, 0.03))
            assert before < check(run) < EPOCHS
            as_they_trained += 1
        else:  # all is trained; pictures are being drawn
            lives.drawing(rng.uniform(0, 0.6))
        if run.exists():
            reached.append(check(run))
        visible = {path.name for path in tmp_path.iterdir() if path.name[0] != "."}
        assert visible <= {run.name}
    assert reached == sorted(reached)
    assert as_they_trained == 15
    assert len({epoch for epoch in reached if epoch < EPOCHS}) >= as_they_trained

    lives.finish()
    assert b"Traceback" not in lives.errors.read_bytes()
    assert not list(run.rglob("*.tmp"))
    assert {"gradients.png", "loss.png"} <= {p.name for p in (run / "figures").iterdir()}

    one = RunFolder.read(run)
    assert_same(one.checkpoint(), whole.checkpoint())
    assert timeless(one.history()) == timeless(whole.history())
    assert one.config == whole.config
