"""The run folder: complete at every moment, and never overwriting another run."""

import multiprocessing
import os
import random
import signal
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import RunError
from chainrule.train.loop.history import EpochRecord, to_lines
from chainrule.train.runs import run_folder
from chainrule.train.runs.run_folder import RunFolder, default_path
from chainrule.train.storage import atomic, staging
from chainrule.train.storage.checkpoint import Checkpoint
from train import endless_writer

CONFIG = {"data": {"source": "digits", "drop": []}, "layers": [128, 64], "rate": 0.1 + 0.2}


def state(epoch: int) -> Checkpoint:
    return Checkpoint({"w": np.full(3, float(epoch))}, epoch=epoch, step=10 * epoch)


def record(epoch: int) -> EpochRecord:
    return EpochRecord(epoch, 10 * epoch, 1 / epoch, 0.1, 0.5)


def one_line(error: RunError) -> None:
    assert "\n" not in str(error)
    assert error.expected
    assert error.got
    assert error.remedy


def test_content_of_a_run(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "mine"
    with RunFolder.create(path, CONFIG, state(0)) as run:
        assert sorted(os.listdir(path)) == [
            "config.toml",
            "figures",
            "history.jsonl",
            "model.safetensors",
            "run.lock",
        ]
        assert (run.checkpoint().epoch, run.history()) == (0, [])
        run.save(state(1), record(1))
        run.save(state(1))
        run.save(state(3), record(2), record(3))
        assert run.write_figure("loss.png", b"png").read_bytes() == b"png"
    assert os.listdir(tmp_path / "runs") == ["mine"]
    again = RunFolder.read(path)
    assert again.config == {"format": 1, **CONFIG}
    assert again.checkpoint().parameters["w"].tolist() == [3, 3, 3]
    assert again.history() == [record(1), record(2), record(3)]


def test_resume_cuts_off_what_is_ahead_of_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "run"
    RunFolder.create(path, CONFIG, state(0)).close()
    history = path / "history.jsonl"
    with RunFolder.resume(path) as run:
        run.save(state(2), record(1), record(2))
    before = history.read_bytes()
    history.write_bytes(before + to_lines([record(3)]) + b'{"epoch": 4, "st')
    for folder in (path, path / "figures"):
        (folder / ".a.png.0123456789abcdef.tmp").write_text("half")
    assert len(RunFolder.read(path).history()) == 3  # a reader changes nothing
    with RunFolder.resume(path) as run:
        assert run.history() == [record(1), record(2)]
        assert history.read_bytes() == before
        assert not list(path.rglob("*.tmp"))
        run.save(state(3), record(3))
        assert run.history() == [record(1), record(2), record(3)]


def test_history_figures_and_lock_may_be_missing(tmp_path: Path) -> None:
    """Copied by hand, say, without history, figures and lock."""
    RunFolder.create(tmp_path / "run", CONFIG, state(4)).close()
    (tmp_path / "run" / "history.jsonl").unlink()
    (tmp_path / "run" / "figures").rmdir()
    (tmp_path / "run" / "run.lock").unlink()
    with RunFolder.resume(tmp_path / "run") as run:
        run.save(state(5), record(5))
        run.write_figure("a.png", b"")
        assert run.history() == [record(5)]


def test_the_configuration_can_be_replaced(tmp_path: Path) -> None:
    with RunFolder.create(tmp_path / "run", CONFIG, state(0)) as run:
        run.write_config({**run.config, "epochs": 90})
    assert RunFolder.read(tmp_path / "run").config["epochs"] == 90
    assert RunFolder.read(tmp_path / "run").config["rate"] == 0.1 + 0.2


@pytest.mark.parametrize("number", [1, 2, 3])
def test_default_names_do_not_collide(tmp_path: Path, number: int) -> None:
    path = default_path("digits", datetime(2026, 11, 20, 9, 15), tmp_path)
    assert path == tmp_path / "digits-20261120-091500"
    runs = [RunFolder.create(path, CONFIG, state(0), exact=False) for _ in range(number)]
    expected = ["", "-2", "-3"][:number]
    assert [run.path.name.removeprefix(path.name) for run in runs] == expected
    for run in runs:
        run.close()


def test_default_names_are_safe() -> None:
    assert default_path("a b/../c", datetime(2026, 1, 2)).name == "a-b-c-20260102-000000"
    assert default_path("…", datetime(2026, 1, 2)).name == "run-20260102-000000"


def test_an_empty_folder_is_taken_and_others_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    RunFolder.create(tmp_path / "empty", CONFIG, state(0)).close()
    assert RunFolder.read(tmp_path / "empty").checkpoint().epoch == 0
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").write_text("important")
    (tmp_path / "file").write_text("important")
    for name, got in (("empty", "a run"), ("foreign", "other files"), ("file", "a file")):
        with pytest.raises(RunError, match=f"a new or empty folder.*got .*{got}") as caught:
            RunFolder.create(tmp_path / name, CONFIG, state(0))
        one_line(caught.value)
    assert (tmp_path / "foreign" / "thesis.tex").read_text() == "important"
    assert sorted(os.listdir(tmp_path)) == ["empty", "file", "foreign"]


def test_a_folder_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    RunFolder.create(tmp_path / "link", CONFIG, state(0)).close()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "config.toml").is_file()


def test_a_folder_taken_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process makes the folder between the check and the rename."""
    real = os.rename

    def late(source: object, target: Path) -> None:
        if not target.exists():
            target.mkdir()
            (target / "theirs").write_text("important")
        real(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "rename", late)
    with pytest.raises(RunError, match="taken meanwhile"):
        RunFolder.create(tmp_path / "run", CONFIG, state(0))
    assert sorted(os.listdir(tmp_path)) == ["run"]
    assert os.listdir(tmp_path / "run") == ["theirs"]


def test_nothing_is_left_of_a_run_that_could_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "model")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(RunError, match="got No space left on device; check") as caught:
        RunFolder.create(tmp_path / "run", CONFIG, state(0))
    one_line(caught.value)
    assert os.listdir(tmp_path) == []


def test_a_full_disk_while_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RunFolder.create(tmp_path / "run", CONFIG, state(0)) as run:
        run.save(state(1), record(1))

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            with pytest.raises(RunError, match="No space left"):
                run.save(state(2), record(2))
        assert (run.checkpoint().epoch, run.history()) == (1, [record(1)])


def test_stopped_at_every_system_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped before each system call in turn, the folder resumes, one epoch back at most."""
    path = tmp_path / "run"
    RunFolder.create(path, CONFIG, state(0)).close()
    stops = 0
    for epoch in range(1, 40):
        with RunFolder.resume(path) as run:
            done = run.checkpoint().epoch
            countdown = epoch
            with monkeypatch.context() as patch:
                for name in ("open", "write", "fsync", "replace"):

                    def stop(*args: object, _real: object = getattr(os, name)) -> object:
                        nonlocal countdown
                        countdown -= 1
                        if countdown == 0:
                            raise SystemExit  # what follows a kill -9 never runs
                        return _real(*args)  # type: ignore[operator]

                    patch.setattr(os, name, stop)
                # neither does any clean-up
                patch.setattr(Path, "unlink", lambda *_: None)
                patch.setattr(os, "ftruncate", lambda *_: None)
                try:
                    run.save(state(done + 1), record(done + 1))
                except SystemExit:
                    stops += 1
        with RunFolder.resume(path) as run:
            found = run.checkpoint()
            assert found.epoch in (done, done + 1)
            assert found.parameters["w"].tolist() == [found.epoch] * 3
            assert run.history() == [record(e) for e in range(1, found.epoch + 1)]
            assert not list(path.rglob("*.tmp"))
    assert 8 <= stops < 39  # every call of a save was stopped at once


@pytest.mark.skipif(os.name == "nt", reason="no flock")
def test_two_writers(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with RunFolder.create(path, CONFIG, state(0)):
        with pytest.raises(RunError, match="in use by another process") as caught:
            RunFolder.resume(path)
        one_line(caught.value)
        assert RunFolder.read(path).checkpoint().epoch == 0  # readers are welcome
    RunFolder.resume(path).close()


def test_without_file_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.train.storage.lock.fcntl", None)
    with RunFolder.create(tmp_path / "run", CONFIG, state(0)), RunFolder.resume(tmp_path / "run"):
        pass


def test_a_closed_run_is_not_written(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path / "run", CONFIG, state(0))
    run.close()
    run.close()
    for closed in (run, RunFolder.read(tmp_path / "run")):
        with pytest.raises(RunError, match="only read, or closed"):
            closed.save(state(1), record(1))
        with pytest.raises(RunError, match="only read, or closed"):
            closed.write_figure("a.png", b"")
        with pytest.raises(RunError, match="only read, or closed"):
            closed.write_config({})
    assert RunFolder.read(tmp_path / "run").checkpoint().epoch == 0


def damage_model(path: Path) -> None:
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-7])


DAMAGE = {
    "no folder": (lambda path: path.rename(path.with_name("gone")), "got no such folder"),
    "no configuration": (lambda path: (path / "config.toml").unlink(), "no config.toml in it"),
    "no TOML": (lambda path: (path / "config.toml").write_text("a = = 1"), "expected TOML"),
    "no text": (lambda path: (path / "config.toml").write_bytes(b"\xff\xfe"), "expected TOML"),
    "foreign": (lambda path: (path / "config.toml").write_text("a = 1"), "got no format"),
    "newer": (lambda path: (path / "config.toml").write_text("format = 2"), "got format 2"),
    "no model": (lambda path: (path / "model.safetensors").unlink(), "got No such file"),
    "truncated model": (damage_model, "got a truncated or damaged file"),
    "damaged history": (
        lambda path: (path / "history.jsonl").write_bytes(b"what\n" + to_lines([record(1)])),
        r"history\.jsonl, line 1: expected a record",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_folders(tmp_path: Path, case: str) -> None:
    damage, message = DAMAGE[case]
    path = tmp_path / "run"
    RunFolder.create(path, CONFIG, state(1)).close()
    damage(path)
    for _ in range(2):  # and the lock was let go
        with pytest.raises(RunError, match=message) as caught:
            RunFolder.resume(path)
        one_line(caught.value)


def test_abandoned_preparations_are_removed(tmp_path: Path) -> None:
    """At once: a process that has made its folder, and not yet locked it, holds the parent."""
    left, bare, locked, link, file = (tmp_path / f".chainrule-new-{i}" for i in range(5))
    for folder in (left, bare, locked, tmp_path / "elsewhere"):
        folder.mkdir()
    (left / "run.lock").touch()
    link.symlink_to(tmp_path / "elsewhere")
    file.touch()
    held = run_folder.Lock(locked / "run.lock")
    RunFolder.create(tmp_path / "run", CONFIG, state(0)).close()
    assert (left.exists(), bare.exists(), locked.exists()) == (False, False, True)
    assert file.exists()
    assert not list((tmp_path / "elsewhere").iterdir())
    held.release()


def test_only_old_preparations_are_removed_while_others_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "_TRIES", 3)
    old, young = (tmp_path / f".chainrule-new-{i}" for i in range(2))
    for folder in (old, young):
        folder.mkdir()
    os.utime(old, (0, 0))
    with staging._locked(tmp_path):
        RunFolder.create(tmp_path / "run", CONFIG, state(0)).close()
    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kill -9")
def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Killed 50 times or more at random, each time continued by the next process."""
    # forks of a process that has imported everything: fifty imports would take half a minute
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([RunFolder.__module__])
    path, rng, reached = tmp_path / "run", random.Random(5), []
    for moment in range(1000):
        if moment >= 50 and reached[-1] > 50:  # a busy computer needs more lives for 50 epochs
            break
        started = forks.Event()
        process = forks.Process(target=endless_writer.write, args=(path, started))
        process.start()
        # Some are killed while they are still setting up, most while they save.
        if moment % 5:
            assert started.wait(60)
            time.sleep(rng.uniform(0, 0.04))
        else:
            time.sleep(rng.uniform(0, 0.02))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        if not path.exists():
            continue  # killed before the run began: nothing is there, not half a run
        with RunFolder.resume(path) as run:
            found = run.checkpoint()
            expected = endless_writer.state(found.epoch)
            for group in ("parameters", "buffers", "slots"):
                for name, array in getattr(expected, group).items():
                    np.testing.assert_array_equal(getattr(found, group)[name], array)
            assert (found.step, found.extra) == (expected.step, {"epoch": found.epoch})
            assert run.history() == [endless_writer.record(e) for e in range(1, found.epoch + 1)]
            assert not list(path.rglob("*.tmp"))
            figure = path / "figures" / "loss.png"
            assert not figure.exists() or len(figure.read_bytes()) == 10_004
        reached.append(found.epoch)
    assert reached == sorted(reached)
    assert reached[-1] > 50


def test_files_are_atomic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    real = atomic.write
    monkeypatch.setattr(
        atomic, "write", lambda path, content: (written.append(path.name), real(path, content))
    )
    with RunFolder.create(tmp_path / "run", CONFIG, state(0)) as run:
        run.save(state(1), record(1))
        run.write_figure("a.png", b"")
    assert written == [
        "config.toml",
        "history.jsonl",
        "model.safetensors",
        "model.safetensors",
        "a.png",
    ]
