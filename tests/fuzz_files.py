"""Mutated copies of every file that the package reads: one line, or a right result; nothing else.

    python tests/fuzz_files.py [COUNT [FORMAT…]]

COUNT copies (2,000) of each format are read, each in a process of its own, so that a crash or an
endless loop of one is seen too.  What is mutated is decided by the format and the number of the
copy alone; a failure names both:

    python tests/fuzz_files.py 1712-1713 checkpoint
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import tomllib
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import tomli_w

from chainrule.engine.jit.sealed_files import SealedFiles
from chainrule.errors import ChainruleError
from chainrule.train.data.load_dataset import load
from chainrule.train.data.reading.formats import worker, worker_process
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.options import RunOptions
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.run_config import with_settings_digest
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun

COUNT = 2000
WORKERS = 2
SECONDS = 60
"""After which a copy is taken to hang."""

TOKENS = [
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"nan", b"inf", b"-1", b"0", b"1e999", b"9" * 30, b"true",
    b"null", b"[" * 2000, b"{" * 300, b'"', b"'", b"\n", b"\r", b",", b";", b"=", b"\x1b[2J", b".",
    "∞\u202e".encode(), b"$\\frac{$", b"_", b"0x10", b"1_000", b"2026-02-30", b"#", b"\xef\xbb\xbf",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, -1, 0, 1, 2**31, 2**63, 10**40, 0.5, -0.0, 1e-320, 1e308, math.nan, math.inf, "",
    "nan", "x", "\x1b[2J", "e" * 5000, "relu", [], [-1], [[[[[]]]]], ["a", "a"], {}, {"a": {}},
    [None],
]  # fmt: skip


def mutated(content: bytes, rng: random.Random) -> bytes:
    """A copy with a few changes of bytes, ranges and tokens."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at = rng.randrange(len(data) + 1)
        end = min(len(data), at + rng.choice((1, 2, 8, 64, 512)))
        match rng.randrange(8):
            case 0 | 1 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 2 if at < len(data):
                data[at] = rng.randrange(256)
            case 3:
                del data[at:end]
            case 4:
                data[at:at] = data[at:end]
            case 5:
                data[at:end] = rng.choice(TOKENS)
            case 6:
                data[at:at] = rng.choice(TOKENS)
            case 7 if not rng.randrange(4):
                del data[at:]
            case _:
                data[at:end] = rng.randbytes(end - at)
    return bytes(data)


def altered(value: Any, rng: random.Random) -> Any:
    """A tree of tables and lists with another value in one place."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        match rng.randrange(12):
            case 0:
                return {k: v for k, v in value.items() if k != key}
            case 1:
                return {**value, rng.choice(("new", "", "a.b", key + "x")): rng.choice(VALUES)}
        return {**value, key: altered(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.9:
        at = rng.randrange(len(value))
        return [*value[:at], altered(value[at], rng), *value[at + 1 :]]
    return rng.choice(VALUES)


def without_none(value: Any) -> Any:
    """The tree as TOML can hold it."""
    if isinstance(value, dict):
        return {k: without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_none(v) for v in value if v is not None]
    return value if not isinstance(value, int) or abs(value) < 2**63 else 2**62


# Each format: what is mutated in a copy of the folder of samples, and what then reads it.


def predict(folder: Path) -> None:
    found = Predictor(folder / "run").predict(folder / "things.csv")
    values = found.values if found.probabilities is None else found.probabilities
    assert np.isfinite(np.asarray(values, float)).all(), "a prediction that is no number"


def resume(folder: Path) -> None:
    with TrainingRun.resume(folder / "run") as run:
        if run.options.epochs <= 3 and sum(run.options.layers) < 100:
            run.train()
            run.report()


def of_config(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    file = folder / "run" / "config.toml"
    if rng.random() < 0.4:
        file.write_bytes(mutated(file.read_bytes(), rng))
    else:
        config = altered(tomllib.loads(file.read_text()), rng)
        config = without_none(config if isinstance(config, dict) else {"config": config})
        file.write_bytes(tomli_w.dumps(config).encode("utf-8", "replace"))
        if rng.random() < 0.7:  # with a checkpoint to go with it
            with contextlib.suppress(ChainruleError, KeyError, TypeError, AttributeError):
                run = RunFolder.read(folder / "run")
                sealed = with_settings_digest(run.checkpoint(), run.config)
                (folder / "run" / "model.safetensors").write_bytes(sealed.to_bytes())
    return rng.choice((predict, resume))


def of_checkpoint(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    file = folder / "run" / "model.safetensors"
    if rng.random() < 0.4:
        file.write_bytes(mutated(file.read_bytes(), rng))
    else:
        state = RunFolder.read(folder / "run").checkpoint()
        match rng.randrange(4):
            case 0 | 1:
                extra = altered(dict(state.extra), rng)
                extra = extra if isinstance(extra, dict) else {"extra": extra}
                state = dataclasses.replace(state, extra=extra)
            case 2:
                state = dataclasses.replace(
                    state, **{rng.choice(("epoch", "step")): rng.choice((-1, 0, 1, 5, 2**60))}
                )
            case _:
                group = rng.choice(("parameters", "buffers", "slots", "best"))
                arrays = {name: array.copy() for name, array in getattr(state, group).items()}
                name = rng.choice([*arrays, "new"])
                shape = rng.choice(((), (0,), (1,), (3, 3), (6, 4)))
                array = arrays.get(name, np.zeros(shape, np.float32))
                match rng.randrange(4):
                    case 0:
                        array = np.zeros(shape, rng.choice((np.float32, np.int8, np.bool_)))
                    case 1 if array.size:
                        array.flat[rng.randrange(array.size)] = rng.choice((np.nan, np.inf, 3e38))
                    case 2:
                        array = array * np.float32(1e30)
                    case _:
                        arrays.pop(name, None)
                        name = name + "x"
                state = dataclasses.replace(state, **{group: {**arrays, name: array}})
        with contextlib.suppress(OverflowError, ValueError):
            file.write_bytes(state.to_bytes())
    return rng.choice((predict, resume))


def of_history(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    file = folder / "run" / "history.jsonl"
    if rng.random() < 0.5:
        file.write_bytes(mutated(file.read_bytes(), rng))
    else:
        lines = file.read_text().splitlines()
        at = rng.randrange(len(lines))
        lines[at] = json.dumps(altered(json.loads(lines[at]), rng))
        file.write_text("\n".join(lines) + "\n")
    return resume


def resume_folds(folder: Path) -> None:
    with TrainingRun.resume(folder / "folds") as run:
        if run.folds is not None and run.options.epochs <= 3 and sum(run.options.layers) < 100:
            for number in run.folds.left[:3]:
                run.folds.train(run.folds.start(number), Callbacks())
        run.report()


def of_folds(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    file = folder / "folds" / "folds.jsonl"
    if rng.random() < 0.2:
        config = folder / "folds" / "config.toml"
        entries = tomllib.loads(config.read_text())
        entries = without_none({**entries, "data": altered(entries["data"], rng)})
        config.write_bytes(tomli_w.dumps(entries).encode("utf-8", "replace"))
        with contextlib.suppress(ChainruleError, KeyError, TypeError, AttributeError):
            run = RunFolder.read(folder / "folds")
            sealed = with_settings_digest(run.checkpoint(), run.config)
            (folder / "folds" / "model.safetensors").write_bytes(sealed.to_bytes())
    elif rng.random() < 0.5:
        file.write_bytes(mutated(file.read_bytes(), rng))
    else:
        lines = file.read_text().splitlines()
        at = rng.randrange(len(lines))
        lines[at] = json.dumps(altered(json.loads(lines[at]), rng))
        file.write_text("\n".join(lines) + "\n")
    return resume_folds


def train_on(name: str) -> Callable[[Path], None]:
    def action(folder: Path) -> None:
        data = load(RunOptions(str(folder / name), target="kind"))
        assert np.isfinite(data.train.x).all()

    return action


def predict_from(name: str) -> Callable[[Path], None]:
    def action(folder: Path) -> None:
        file = folder / f"new{''.join(Path(name).suffixes)}"
        shutil.copy(folder / name, file)
        Predictor(folder / "run").predict(file)

    return action


def of_table(suffix: str) -> Callable[[Path, random.Random], Callable[[Path], None]]:
    def mutate(folder: Path, rng: random.Random) -> Callable[[Path], None]:
        name = f"table{suffix}"
        (folder / name).write_bytes(mutated((folder / f"things{suffix}").read_bytes(), rng))
        return rng.choice((train_on, predict_from))(name)

    return mutate


def of_parquet(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    name = rng.choice(("things.parquet", "types.parquet"))
    content = bytearray((folder / name).read_bytes())
    footer = int.from_bytes(content[-8:-4], "little") + 8
    if rng.random() < 0.5:  # the footer, which says where everything is
        content[-footer:-8] = mutated(bytes(content[-footer:-8]), rng)
        content[-8:-4] = (max(0, footer - 8)).to_bytes(4, "little")
    else:
        content = bytearray(mutated(bytes(content), rng))
    (folder / "table.parquet").write_bytes(content)
    return rng.choice((train_on, predict_from))("table.parquet")


def of_kernels(folder: Path, rng: random.Random) -> Callable[[Path], None]:
    code = random.Random(0).randbytes(5000)
    name = rng.choice(("kernel.nbc", "code.native", "secret"))
    files = SealedFiles(folder / "cache", "kernels")
    files.write("kernel.nbc", code)
    files.write("code.native", code)
    file = folder / "cache" / ("secret" if name == "secret" else f"kernels/{name}")
    before = file.read_bytes()
    file.write_bytes(mutated(before, rng))
    same = file.read_bytes() == before

    def action(folder: Path) -> None:
        found = SealedFiles(folder / "cache", "kernels").read(
            "kernel.nbc" if name == "secret" else name
        )
        assert found == (code if same else None), "machine code that was changed is used"

    return action


FORMATS = {
    "config": of_config,
    "checkpoint": of_checkpoint,
    "history": of_history,
    "folds": of_folds,
    "csv": of_table(".csv"),
    "gz": of_table(".csv.gz"),
    "zst": of_table(".csv.zst"),
    "parquet": of_parquet,
    "arrow": of_table(".arrow"),
    "jsonl": of_table(".jsonl"),
    "json": of_table(".json"),
    "kernels": of_kernels,
}


def make_samples(folder: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["width,colour,day,kind"]
    for row in range(40):
        colour = ("red", "green", "blue")[row % 3]
        lines.append(f"{rng.normal():.4f},{colour},2026-01-{row % 28 + 1:02},{'ab'[row % 2]}")
    (folder / "things.csv").write_text("\n".join(lines) + "\n")
    frame = pl.read_csv(folder / "things.csv")
    frame.write_parquet(folder / "things.parquet")
    frame.write_ipc(folder / "things.arrow", compression="zstd")
    frame.write_ndjson(folder / "things.jsonl")
    frame.write_json(folder / "things.json")
    for suffix in ("gz", "zst"):
        form = {"gz": "gzip", "zst": "zstd"}[suffix]
        frame.lazy().sink_csv(folder / f"things.csv.{suffix}", compression=form)  # type: ignore[call-overload]
    more = pl.DataFrame(
        {"n": [1, None, 3] * 20, "t": ["x", "y", None] * 20, "b": [True, False] * 30}
    )
    more = more.with_columns(
        pl.Series("kind", ["a", "b"] * 30),
        f=pl.Series([0.5, 1.5] * 30),
        q=pl.Series([True, False] * 30),
    )
    more.write_parquet(folder / "types.parquet", compression="zstd", statistics=True)
    options = RunOptions(
        str(folder / "things.csv"), target="kind", layers=(4,), batch_norm=True, patience=5,
        epochs=2, schedule="plateau(3)", engine="reference", test_fraction=0.25,
    )  # fmt: skip
    with TrainingRun.start(options, folder / "run") as run:
        run.train()
    options = dataclasses.replace(options, folds=3, test_fraction=0.0, time="day", epochs=1)
    with TrainingRun.start(options, folder / "folds") as run:
        assert run.folds is not None
        for number in (1, 2):
            run.folds.train(run.folds.start(number), Callbacks())


def in_fork(action: Callable[[], str]) -> str:
    """What the action returns in a process of its own; otherwise how that ended."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        signal.alarm(SECONDS)
        try:
            said = action()
        except BaseException:
            said = traceback.format_exc()
        with open(write, "wb") as out:
            out.write(said.encode(errors="replace"))
        os._exit(0)
    os.close(write)
    with open(read, "rb") as answers:
        said = answers.read().decode()
    status = os.waitpid(child, 0)[1]
    if status:
        return "hangs" if os.WTERMSIG(status) == signal.SIGALRM else f"ends with status {status}"
    return said


def forked_worker(command: list[str], *, input: bytes, stdout: Any, **_: Any) -> Any:
    """In place of `subprocess.run`, without the second it takes to import Polars."""
    done = worker_process.subprocess.CompletedProcess(command, 0, None, b"")
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as errors:
        source.write(input)
        source.seek(0)
        child = os.fork()
        if not child:
            for number, file in enumerate((source, stdout, errors)):
                os.dup2(file.fileno(), number)
            streams = zip((0, 1, 2), ("r", "w", "w"), strict=True)
            sys.stdin, sys.stdout, sys.stderr = (os.fdopen(*stream) for stream in streams)
            sys.argv = command[2:]
            code = worker.main()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        status = os.waitpid(child, 0)[1]
        done.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        done.stderr = errors.read()
    return done


def one(name: str, number: int, samples: Path) -> str:
    """The fault of one copy, or nothing."""
    rng = random.Random(f"{name} {number}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(samples, folder, dirs_exist_ok=True)
        config = folder / "run" / "config.toml"
        config.write_text(config.read_text().replace(str(samples), scratch))
        action = FORMATS[name](folder, rng)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                action(folder)
        except ChainruleError as error:
            return f"more than one line: {error}" if "\n" in str(error) else ""
    return ""


def main(words: list[str]) -> int:
    first, _, last = (words[0] if words else str(COUNT)).rpartition("-")
    numbers = range(int(first or 0), int(last))
    names = words[1:] or list(FORMATS)
    worker_process.subprocess.run = forked_worker  # type: ignore[assignment]
    logging.disable()
    faults = 0
    with tempfile.TemporaryDirectory() as scratch:
        samples = Path(os.path.realpath(scratch))
        said = in_fork(lambda: make_samples(samples) or "")
        assert not said, said
        for name in names:
            began = time.monotonic()
            parts = [numbers[start::WORKERS] for start in range(WORKERS)]
            children = [start_worker(name, part, samples) for part in parts]
            bad = sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
            faults += bad
            took = time.monotonic() - began
            print(f"{name}: {len(numbers)} mutated files, {bad} faults, {took:.0f} s", flush=True)
    return min(faults, 1)


def start_worker(name: str, numbers: range, samples: Path) -> int:
    """A process that reads these copies, prints faults, and ends with their number."""
    child = os.fork()
    if child:
        return child
    bad = 0
    for number in numbers:
        said = in_fork(lambda number=number: one(name, number, samples))
        if said:
            bad += 1
            print(f"{name} {number}: {said}", flush=True)
    os._exit(min(bad, 100))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
