"""The JSON that programs read: every key with the type of what stands there."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from promises.calls import called
from promises.runs import read
from promises.samples import explanations

__all__ = ["bench_form", "form", "forms"]

NAMED = frozenset(
    {
        *(
            "gradients",
            "updates",
            "paths",
            "entries",
            "gradient_norms",
            "left_out",
            "versions",
            "units",
        ),
        *("left_out{name}", "roof", "explaining", "rates"),
    }
)
"""Keys of objects whose own keys are names of what is shown; they are written as {name}."""


def forms(folder: Path) -> dict[str, str]:
    """The form of everything that is printed or kept as JSON; `folder` has runs resumed to six
    epochs, and under NAME.json what `--json` printed then.  That of `bench` is another's."""

    def printed(*words: object) -> Any:
        return json.loads(called(folder, *words, "--json"))

    kept: dict[str, str] = {}
    weight, rows = "layers.0.weight[1, 0]", ("--sample", "0-3")
    found: dict[str, Any] = {
        "chainrule examples --json": printed("examples"),
        "chainrule explain NAME --json": printed("explain", "two-two-one"),
        "chainrule explain RUN --json": printed("explain", "classes-3", "--wrt", weight),
        "chainrule explain RUN --flow --json": printed(
            *("explain", "classes-3", *rows, "--wrt", weight, "--flow")
        ),
        "chainrule train --json, of classes": json.loads((folder / "classes.json").read_text()),
        "chainrule train --json, of numbers": json.loads((folder / "numbers.json").read_text()),
        "chainrule predict --json, of classes": printed("predict", "classes-3", "things.csv"),
        "chainrule predict --json, of numbers": printed("predict", "numbers-3", "things.csv"),
        "chainrule predict --id --json": printed(
            *("predict", "numbers-3", "things.csv", "--id", "kind")
        )["ids"],
        **_folds(folder),
    }
    for call, shown in explanations().items():
        assert json.loads(shown.to_json()) == shown.to_dict()
        found[f"{call}.to_json()"] = shown.to_dict()
    for name in ("classes", "numbers"):
        run = folder / f"{name}-3"
        tensors, facts, history = read(run)
        found |= {
            f"a run of {name}: config.toml": tomllib.loads(
                (run / "config.toml").read_text("utf-8")
            ),
            f"a run of {name}: history.jsonl": history,
            f"a run of {name}: model.safetensors, metadata": facts,
        }
        for tensor, array in tensors.items():
            kept[f"a run of {name}: model.safetensors  {tensor}"] = f"{array.dtype} {array.shape}"
        for file in run.rglob("*"):
            if file.is_file() and file.name != "run.lock":
                kept[f"a run of {name}: {file.relative_to(run).as_posix()}"] = "file"
    for call, value in found.items():
        kept.update(_entries(call, value))
    return kept


def _folds(folder: Path) -> dict[str, Any]:
    """What is printed and kept of a training with folds."""
    words = ("train", folder / "things.csv", "--target", "kind", "--folds", 2, "--layers", 2)
    with tempfile.TemporaryDirectory() as place:
        options = ("--epochs", 1, "--engine", "reference", "--run", "run", "--json")
        found = json.loads(called(Path(place), *words, *options))
        lines = (Path(place) / "run" / "folds.jsonl").read_text("utf-8").splitlines()
    return {
        "chainrule train --folds --json, cross_validation": found["cross_validation"],
        "a run with folds: folds.jsonl": [json.loads(line) for line in lines],
    }


def bench_form(entries: dict[str, Any]) -> dict[str, str]:
    """The form of what `chainrule bench --json` prints; who is left out depends on the machine."""
    environment = {**entries["environment"], "left_out": {"tiny": {"autograd": "not installed"}}}
    host = {**entries["host"], "huge_pages": "madvise"}
    found = {**entries, "environment": environment, "host": host}
    return _entries("chainrule bench --json", found)


def _entries(call: str, value: Any) -> dict[str, str]:
    return {f"{call}  {place}".rstrip(): kind for place, kind in form(value).items()}


def form(value: Any, named: frozenset[str] = NAMED) -> dict[str, str]:
    """The types in `value` by their place; a key that is not in every object has a `?`.

    >>> form({"a": [{"b": 1}, {"b": 0.5, "c": None}], "gradients": {"w": "x"}})
    {'': 'object', 'a': 'list', 'a[]': 'object', 'a[].b': 'number or whole number', \
'a[].c?': 'null', 'gradients': 'object', 'gradients{name}': 'text'}
    """
    found: dict[str, set[str]] = {}
    for place, kind in _walk("", [value], named):
        found.setdefault(place, set()).add(kind)
    return {place: " or ".join(sorted(kinds)) for place, kinds in found.items()}


def _walk(place: str, values: list[Any], named: frozenset[str]) -> Iterator[tuple[str, str]]:
    """All values that stand at one place, with what is below them."""
    for value in values:
        yield place, _kind(value)
    lists = [value for value in values if isinstance(value, list)]
    inner = [entry for value in lists for entry in value]
    if inner:
        yield from _walk(f"{place}[]", inner, named)
    objects = [value for value in values if isinstance(value, dict)]
    if place.rpartition(".")[2].rstrip("?") in named:
        entries = [entry for value in objects for entry in value.values()]
        if entries:
            yield from _walk(f"{place}{{name}}", entries, named)
        return
    for key in _keys(objects):
        here = [value[key] for value in objects if key in value]
        often = "" if len(here) == len(objects) else "?"
        yield from _walk(f"{place}.{key}{often}".lstrip("."), here, named)


def _keys(objects: Iterable[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for value in objects for key in value))


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int():
            return "whole number"
        case float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case dict():
            return "object"
        case _:
            return type(value).__name__
