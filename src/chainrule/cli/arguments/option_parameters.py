"""The options of a run as parameters of a command, and back from what was typed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import typer

from chainrule.errors import OptionError
from chainrule.train.options import Option, RunOptions, options_of

__all__ = ["parse_options", "typed", "with_options"]


def with_options(*kinds: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command gets a parameter for each option of the `kinds` in place of its `**given`.

    Options that several kinds have are described as the first one's.  Typer reads the parameters of
    a command from its signature.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(command, eval_str=True)
        own = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        context, *others = own
        known = {n: found for kind in reversed(kinds) for n, found in options_of(kind).items()}
        ordered = sorted(known.items(), key=lambda item: item[1][1].section)
        options = [_parameter(name, *found) for name, found in ordered if not found[1].stored]
        parameters = [context, *options, *others]
        command.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[p.replace(kind=p.KEYWORD_ONLY) for p in parameters]
        )
        command.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": None}
        return command

    return decorate


def typed(context: typer.Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the `given` values that were typed, and are no defaults."""
    sources = {name: context.get_parameter_source(name) for name in given}
    return {
        name: given[name]
        for name, source in sources.items()
        if source is not None and source.name == "COMMANDLINE"
    }


def parse_options(given: Mapping[str, Any], kind: type = RunOptions) -> dict[str, Any]:
    """The values of those options of `kind` that were given, or that have a default.

    Raises OptionError for options of other kinds.
    """
    known = options_of(kind)
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            raise OptionError(
                f"--{name.replace('_', '-')}",
                expected=f"options of a run on {getattr(kind, 'words', 'a table')}",
                got="one for other data",
                remedy="leave it out; chainrule train --help lists which options are for what",
            )
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
