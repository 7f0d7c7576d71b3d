"""The `chainrule` command: it registers the subcommands and prints each error as one line."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

import typer

from chainrule._interrupts import stop_watching
from chainrule.cli.output.formatting import printable
from chainrule.errors import ChainruleError

__all__ = ["command_line", "main"]

COMMANDS = ("explain", "examples", "train", "predict", "generate", "bench")
"""The subcommands, each in a file of its own, in the order of the help text."""

_NEGATED = re.compile(r"-(?!-|[ho](=|$)).*[\w).\]]", re.DOTALL)
"""An expression such as `-log(p)`: a minus sign and something that is no option of `explain`."""


def command_line(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The command line with these subcommands, of which only the files are imported."""
    app = typer.Typer(
        name="chainrule",
        help="Backpropagation you can read: where every number of a gradient comes from, and"
        " networks trained on real data.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_options)
    for name in names:
        import_module(f"chainrule.cli.commands.{name}").register(app)
    return app


def _options(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", help="Print the version and exit."),
) -> None:
    if version:
        import chainrule

        typer.echo(f"chainrule {chainrule.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> NoReturn:
    """Run the command line.  A user's mistake is reported on one line, with exit code 2."""
    # of the notebook that started this command, whose backend need not be installed here
    os.environ.pop("MPLBACKEND", None)
    stop_watching()
    _prepare_streams()
    try:
        words = _protect_expressions(sys.argv[1:])
        named = [name for name in COMMANDS if words[:1] == [name]]
        known = () if words == ["--version"] else named or COMMANDS  # importing them takes long
        code = command_line(known)(words, standalone_mode=False)
        sys.stdout.flush()
    except ChainruleError as error:
        _fail(str(error))
    except BrokenPipeError:  # `chainrule … | head`
        _flush_or_discard(sys.stdout, sys.stderr)
        sys.exit(141)
    except OSError as error:
        where = error.filename or "output or working folder"
        _fail(f"{where}: expected one that can be used, got {error.strerror or error}")
    except MemoryError as error:
        _fail(
            f"memory: expected enough for what was asked, got too little ({error});"
            " take narrower layers, smaller batches or fewer rows"
        )
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except Exception as error:
        if not hasattr(error, "format_message"):  # neither typer's nor click's: a bug
            raise
        _fail(_usage_message(error))
    sys.exit(code if isinstance(code, int) else 0)


def _protect_expressions(words: list[str]) -> list[str]:
    """Put a space before expressions such as `-log(p)`, which typer would take for options."""
    if words[:1] != ["explain"]:
        return words
    return [f" {word}" if _NEGATED.fullmatch(word) else word for word in words]


def _usage_message(error: Any) -> str:
    """Typer's message about arguments that it cannot parse, with a hint at --help."""
    name = getattr(getattr(error, "ctx", None), "info_name", None)
    command = f"chainrule {name}" if name in COMMANDS else "chainrule"
    message = _one_dash(error) or error.format_message().rstrip(".")
    return f"{message}; see {command} --help"


def _one_dash(error: Any) -> str:
    """The message about a long option with one dash, whose first letter typer complains about."""
    known = getattr(getattr(error, "ctx", None), "command", None)
    options = {name for option in getattr(known, "params", ()) for name in option.opts}
    for word in sys.argv[1:] if hasattr(error, "option_name") else ():
        name = word.partition("=")[0]
        if name.startswith("-") and f"-{name}" in options:
            return f"No such option: {name}; did you mean -{name}?"
    return ""


def _prepare_streams() -> None:
    """Replace closed streams, and use UTF-8, so that ∂ and × can be printed in any locale."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (open until the process ends)
    if sys.stdout is None:
        _fail("output: expected somewhere to print to, got a closed one; open it, or use /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _fail(line: str) -> NoReturn:
    with contextlib.suppress(OSError):
        print(f"chainrule: {printable(_shortened(line))}", file=sys.stderr)
    _flush_or_discard(sys.stdout)
    sys.exit(2)


def _shortened(line: str) -> str:
    """The line with words that nobody reads to their end cut short."""
    return re.sub(r"\S{200,}", lambda word: f"{word[0][:80]}…", line)


def _flush_or_discard(*streams: Any) -> None:
    """Flush streams, and discard what cannot be written, so that Python does not report it."""
    for stream in filter(None, streams):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
