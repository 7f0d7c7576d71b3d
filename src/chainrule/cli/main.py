"""The `chainrule` command: its subcommands, and one place where errors become one line."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from typing import Any, NoReturn

import typer

from chainrule.cli.commands import bench, examples, explain, predict, train
from chainrule.cli.output.destination import printable
from chainrule.errors import ChainruleError

__all__ = ["app", "main"]

_NEGATIVE = re.compile(r"-(?!-|[ho](=|$)).*[\w).\]]", re.DOTALL)
"""A minus sign and something that is no option of `explain`."""

app = typer.Typer(
    name="chainrule",
    help="Backpropagation you can read: where every number of a gradient comes from, and networks"
    " trained on real data.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (explain, examples, train, predict, bench):
    command.register(app)


@app.callback(invoke_without_command=True)
def options(
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
    """Run the command line; mistakes of the user end it with one line and exit code 2."""
    _prepare_streams()
    try:
        code = app(_readable(sys.argv[1:]), standalone_mode=False)
        sys.stdout.flush()
    except ChainruleError as error:
        _fail(str(error))
    except BrokenPipeError:  # `chainrule … | head`
        _abandon(sys.stdout, sys.stderr)
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
        if not hasattr(error, "format_message"):  # typer's own; it may carry click with it, or not
            raise
        _fail(_usage(error))
    sys.exit(code if isinstance(code, int) else 0)


def _readable(words: list[str]) -> list[str]:
    """The words typed, an expression such as `-log(p)` told from an option by a space before it."""
    if words[:1] != ["explain"]:
        return words
    return [f" {word}" if _NEGATIVE.fullmatch(word) else word for word in words]


def _usage(error: Any) -> str:
    """What typer says of arguments it cannot read, with the way to help."""
    name = getattr(getattr(error, "ctx", None), "info_name", None)
    known = [command.name for command in app.registered_commands]
    command = f"chainrule {name}" if name in known else "chainrule"
    return f"{error.format_message().rstrip('.')}; see {command} --help"


def _prepare_streams() -> None:
    """UTF-8, so that ∂ and × are there in a plain ASCII locale too; and open, all of them."""
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (until the end of the process)
    if sys.stdout is None:
        _fail("output: expected somewhere to print to, got a closed one; open it, or use /dev/null")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def _fail(line: str) -> NoReturn:
    with contextlib.suppress(OSError):
        print(f"chainrule: {printable(line)}", file=sys.stderr)
    _abandon(sys.stdout)
    sys.exit(2)


def _abandon(*streams: Any) -> None:
    """Print what can still be printed; the interpreter would complain of the rest as it ends."""
    for stream in filter(None, streams):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
