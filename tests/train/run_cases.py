"""Shared by tests of runs: a small awkward table, settings that use everything, comparisons."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from chainrule.train.loop.history import EpochRecord
from chainrule.train.options import RunOptions
from chainrule.train.storage.checkpoint import Checkpoint

# 60 rows: 44 for training, so that batches of 10 leave a last one of 4
EVERYTHING = RunOptions(
    layers=(6, 5),
    activation="tanh",
    batch_norm=True,
    dropout=0.2,
    epochs=6,
    batch_size=10,
    optimizer="sgd",
    learning_rate=0.05,
    momentum=0.9,
    clip_norm=1.0,
    seed=3,
    init="xavier",
    patience=0,
    validation_fraction=0.1,
)


def write_csv(path: Path, rows: int = 60, seed: int = 0) -> Path:
    """Numbers, a category and a class that depends on both."""
    rng = np.random.default_rng(seed)
    lines = ["width,colour,kind"]
    for _ in range(rows):
        width, colour = rng.normal(), rng.choice(["red", "green", "blue"])
        kind = "good" if width + (colour == "red") + 0.3 * rng.normal() > 0.3 else "bad"
        lines.append(f"{width:.6f},{colour},{kind}")
    path.write_text("\n".join(lines) + "\n")
    return path


def on(path: Path, options: RunOptions) -> RunOptions:
    """The options, with the table that `write_csv` wrote to this file."""
    return dataclasses.replace(options, source=str(path), target="kind")


def timeless(history: list[EpochRecord] | tuple[EpochRecord, ...]) -> list[EpochRecord]:
    """The records without how long they took."""
    return [dataclasses.replace(record, seconds=0.0) for record in history]


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    """Equal bit for bit, but for seconds."""
    for group in ("parameters", "buffers", "slots", "best"):
        a, b = getattr(one, group), getattr(other, group)
        assert list(a) == list(b)
        for name in a:
            assert a[name].dtype == b[name].dtype
            assert a[name].tobytes() == b[name].tobytes(), f"{group}/{name} differs"
    assert (one.epoch, one.step) == (other.epoch, other.step)
    times = ("seconds", "epoch_seconds")
    extras = [{k: v for k, v in c.extra.items() if k not in times} for c in (one, other)]
    assert extras[0] == extras[1]
