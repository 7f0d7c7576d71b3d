"""Which options were chosen by the data, as lines that are printed before training."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["choice_lines", "table_size"]

WIDTH = 77

FLAGS = {"learning_rate": "--lr"}


def choice_lines(chosen: Mapping[str, Any], data: str) -> list[str]:
    """Lines on the network and its updates, on their end, and on the options for all of these.

    `chosen` has the options that were not given, by their names; `data` says for what.

    >>> chosen = {"layers": (100,), "epochs": 400, "patience": 20}
    >>> print("\\n".join(choice_lines(chosen, table_size(1200, 8))))
    chosen for 1,200 rows × 8 inputs: layers 100
    400 epochs at most, until 20 validate no better
    to choose yourself: --layers, --epochs, --patience
    """
    if not chosen:
        return []
    model = ", ".join(_model(chosen))
    first = f"chosen for {data}: {model}" if model else ""
    flags = ", ".join(FLAGS.get(name, f"--{name.replace('_', '-')}") for name in chosen)
    lines = [first, ", ".join(_course(chosen)), f"to choose yourself: {flags}"]
    return [part for line in lines for part in textwrap.wrap(line, WIDTH, break_on_hyphens=False)]


def table_size(rows: int, inputs: int) -> str:
    """What options are chosen for, where the data are a table."""
    return f"{rows:,} rows × {inputs:,} input{'s' * (inputs != 1)}"


def _model(chosen: Mapping[str, Any]) -> Iterator[str]:
    if "layers" in chosen:
        yield f"layers {','.join(map(str, chosen['layers']))}"
    for name in ("window", "hidden", "depth", "dropout"):
        if name in chosen:
            yield f"{name} {chosen[name]:.3g}"
    if "init" in chosen:
        yield f"{chosen['init']} weights"
    if "batch_size" in chosen:
        yield f"batches of {chosen['batch_size']}"
    if "optimizer" in chosen:
        yield str(chosen["optimizer"])
    for name, words in (("learning_rate", "rate"), ("weight_decay", "weight decay")):
        if name in chosen:
            yield f"{words} {chosen[name]:.3g}"


def _course(chosen: Mapping[str, Any]) -> Iterator[str]:
    patience = chosen.get("patience")
    if "epochs" in chosen:
        yield f"{chosen['epochs']} epochs" + " at most" * (patience is not None)
    if patience is not None:
        yield f"until {patience} validate no better"
    share = chosen.get("validation_fraction")
    if share == 0:
        yield "no rows for validation, since they are few"
    elif share:
        yield f"{100 * share:.0f} % of the rows validate"
