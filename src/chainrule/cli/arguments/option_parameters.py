"""The options of a run as parameters of a command, and back from what was typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import typer

from chainrule.train.options import Option, RunOptions, options_of

__all__ = ["parse_options", "with_options"]


def with_options(command: Callable[..., Any], kind: type = RunOptions) -> Callable[..., Any]:
    """The command with a parameter for each option of `kind` in place of its `**given`.

    Typer reads the parameters of a command from its signature.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    context, *others = own
    ordered = sorted(options_of(kind).items(), key=lambda item: item[1][1].section)
    options = [_parameter(name, *found) for name, found in ordered if not found[1].stored]
    parameters = [context, *options, *others]
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[p.replace(kind=p.KEYWORD_ONLY) for p in parameters]
    )
    command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
    return command


def parse_options(given: Mapping[str, Any], kind: type = RunOptions) -> dict[str, Any]:
    """The values of those options of `kind` that were given, or that have a default."""
    known = options_of(kind)
    values: dict[str, Any] = {}
    for name, value in given.items():
        parse = known[name][1].parse
        if value is not None:
            values[name] = value if parse is None else parse(value)
    return values


def _parameter(name: str, default: Any, option: Option) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    shown = option.help
    if option.unset:
        shown += f"  [default: {option.unset.format(default)}]"
        default = None
    elif isinstance(default, tuple) and option.parse is None:
        default = list(default)
    elif default is not None and option.parse is not None:
        default = option.write(default)
    if option.argument:
        described = typer.Argument(default or None, metavar=option.metavar, help=shown)
    else:
        described = typer.Option(default, flag, *option.short, metavar=option.metavar, help=shown)
    kind = str if option.parse else option.typed
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=described, annotation=kind
    )
