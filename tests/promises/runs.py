"""Run folders of an earlier state: how they were made, how they are continued and compared."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from promises.calls import called
from promises.machine import write_machine

__all__ = ["RUNS", "STORED", "State", "copied", "make", "read", "resume", "state", "trained"]

STORED = Path(__file__).with_name("runs-of-22e5eec")
"""For each of `RUNS`: NAME-3 after three epochs, NAME-6 the same resumed to six, NAME.csv what that
predicts.  They stay as they are: a later state must read them.  Only the numbers of `classes` were
renewed, when batch normalisation became more precise in its last digits."""

RUNS = {
    "classes": (
        *("--target", "kind", "--drop", "load", "--layers", "6,5", "--activation", "tanh"),
        *("--batch-norm", "--dropout", 0.2, "--batch-size", 10, "--clip-norm", 1, "--seed", 3),
        *("--optimizer", "adam", "--lr", 0.02, "--schedule", "cosine(0.1)"),
        *("--warm-up", "5 steps", "--patience", 5, "--class-weights", "balanced"),
        *("--validation-fraction", 0.1, "--init", "by-activation"),
    ),
    "numbers": (
        *("--target", "load", "--drop", "kind", "--layers", "8", "--batch-size", 8, "--seed", 4),
        *("--optimizer", "sgd", "--momentum", 0.9, "--nesterov", "--weight-decay", 0.001),
        *("--lr", 0.02, "--schedule", "step(2, 0.5)", "--accumulate", 2, "--patience", 0),
        *("--validation-fraction", 0.1, "--init", "by-activation"),
    ),
}
"""How each was trained; what is not said is left as it is by default, such as float32."""

TIMES = ("seconds", "epoch_seconds", "crc32")
"""What differs between two runs that are alike; the checksum is also of how long they took."""


def make(folder: Path) -> None:
    """Make such a set of runs in a new folder, with the chainrule that is imported."""
    folder.mkdir()
    _table(folder / "things.csv")
    for name in RUNS:
        trained(folder, name)
        shutil.copytree(folder / f"{name}-3", folder / f"{name}-6")
        called(folder, "train", "--resume", f"{name}-6", "--epochs", 6)
        called(folder, "predict", f"{name}-6", "things.csv", "-o", f"{name}.csv")
        for run in (folder / f"{name}-3", folder / f"{name}-6"):
            shutil.rmtree(run / "figures")
            (run / "run.lock").unlink(missing_ok=True)
            config = run / "config.toml"
            text = config.read_text("utf-8")
            config.write_text(re.sub('(?m)^source = ".*"', 'source = "things.csv"', text), "utf-8")
    write_machine(folder)


def _table(file: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["width,colour,load,kind"]
    for _ in range(60):
        width, colour = rng.normal(), rng.choice(["red", "green", "blue"])
        load = 2 * width - (colour == "blue") + 0.1 * rng.normal()
        kind = "good" if width + (colour == "red") + 0.3 * rng.normal() > 0.3 else "bad"
        lines.append(f"{width:.4f},{colour},{load:.4f},{kind}")
    file.write_text("\n".join(lines) + "\n", "utf-8")


def copied(folder: Path) -> Path:
    """A copy of the stored runs that may be written."""
    return Path(shutil.copytree(STORED, folder / "runs"))


def trained(folder: Path, name: str) -> str:
    """Train NAME-3 from the start; what is printed."""
    run = ("-o", f"{name}-3", "--epochs", 3, "--json", "--figures", "png,svg")
    return called(folder, "train", "things.csv", *RUNS[name], *run)


def resume(folder: Path) -> None:
    """Let every NAME-3 go on to six epochs, and keep what is printed in NAME.json."""
    for name in RUNS:
        more = ("--epochs", 6, "--json", "--figures", "png,svg")
        printed = called(folder, "train", "--resume", f"{name}-3", *more)
        (folder / f"{name}.json").write_text(printed, "utf-8")


@dataclass(frozen=True)
class State:
    """A run folder read without chainrule: its checkpoint and history, but for times."""

    tensors: dict[str, np.ndarray]
    facts: dict[str, Any]
    history: list[dict[str, Any]]


def state(run: Path) -> State:
    """The state a run folder holds."""
    tensors, facts, history = read(run)
    return State(tensors, _timeless(facts), [_timeless(record) for record in history])


def read(run: Path) -> tuple[dict[str, np.ndarray], dict[str, Any], list[dict[str, Any]]]:
    """The tensors of its checkpoint, what else stands in there, and its history."""
    with safe_open(run / "model.safetensors", "numpy") as file:
        tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
        facts = json.loads(file.metadata()["chainrule"])
    lines = (run / "history.jsonl").read_text("utf-8").splitlines()
    return tensors, facts, [json.loads(line) for line in lines]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(entry) for key, entry in value.items() if key not in TIMES}
    return value
