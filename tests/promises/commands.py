"""The command line: every command, with its arguments and options."""

from __future__ import annotations

import typing
from importlib import import_module
from typing import Any

import typer.main

from promises.names import refused

__all__ = ["commands"]

LISTED = {
    "train SOURCE": ("train", "unknown"),
    "train SOURCE --activation": ("train", "iris", "--activation", "unknown"),
    "train SOURCE --dtype": ("train", "iris", "--dtype", "unknown"),
    "train SOURCE --engine": ("train", "iris", "--engine", "unknown"),
    "train SOURCE --impute": ("train", "iris", "--impute", "unknown"),
    "train SOURCE --init": ("train", "iris", "--init", "unknown"),
    "train SOURCE --optimizer": ("train", "iris", "--optimizer", "unknown"),
    "train SOURCE --schedule": ("train", "iris", "--schedule", "unknown"),
    "train SOURCE --task": ("train", "iris", "--task", "unknown"),
    "train SOURCE --watch": ("train", "iris", "--watch", "unknown"),
    "explain SOURCE": ("explain", "unknown-name"),
    "explain SOURCE --edges": ("explain", "two-two-two", "--edges", "unknown"),
    "explain SOURCE --engine": ("explain", "xor", "--engine", "unknown"),
    "explain SOURCE --format": ("explain", "xor", "--format", "unknown"),
    "explain SOURCE --steps": ("explain", "two-two-two", "--steps", "unknown"),
    "bench --contestant": ("bench", "--contestant", "unknown"),
    "bench --workload": ("bench", "--workload", "unknown"),
}
"""Where a word out of a list is expected: a call with another word, whose refusal has the list."""


def commands() -> dict[str, str]:
    """Every argument and option by the command it belongs to."""
    app = import_module("chainrule.cli.main").command_line()
    tree: Any = typer.main.get_command(app)
    found = {f"chainrule {_name(p)}": _described(p, "") for p in tree.params}
    for registered in app.registered_commands:
        command: Any = tree.commands[registered.name]
        types = typing.get_type_hints(registered.callback)
        arguments = [p.metavar for p in command.params if p.param_type_name == "argument"]
        found[f"chainrule {registered.name}"] = " ".join(arguments) or "no arguments"
        for parameter in command.params:
            name = f"chainrule {registered.name} {_name(parameter)}"
            found[name] = _described(parameter, _typed(types[parameter.name]))
    for place, words in LISTED.items():
        asked = refused(lambda words=words: tree.main(list(words), standalone_mode=False))
        found[f"chainrule {place} takes"] = asked
    return found


def _name(parameter: Any) -> str:
    return parameter.metavar if parameter.param_type_name == "argument" else parameter.opts[0]


def _described(parameter: Any, kind: str) -> str:
    """Other forms, what is written after it, its type, its default, how often it comes."""
    parts = [f"or {name}" for name in (*parameter.opts[1:], *parameter.secondary_opts)]
    if getattr(parameter, "is_flag", False):
        return ", ".join([*parts, "a flag"])
    parts += [parameter.metavar or "?", kind]
    if parameter.default not in (None, [], ()):
        parts.append(f"{parameter.default!r} by default")
    if parameter.required:
        parts.append("required")
    if getattr(parameter, "multiple", False) or parameter.nargs == -1:
        parts.append("may be repeated")
    return ", ".join(parts)


def _typed(hint: Any) -> str:
    """`str` for str and list[str] alike: how often it may be given is described elsewhere."""
    (inner,) = typing.get_args(hint) or (hint,)
    known = {"str": "text", "int": "whole number", "float": "number"}
    return known.get(inner.__name__) or inner.__name__.lower()
