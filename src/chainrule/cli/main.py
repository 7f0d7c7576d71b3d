"""The `chainrule` command: its subcommands, and one place where errors become one line."""

from __future__ import annotations

import contextlib
import io
import os
import sys

import typer

from chainrule.cli import examples, explain, predict, train
from chainrule.errors import ChainruleError

__all__ = ["app", "main"]

app = typer.Typer(
    name="chainrule",
    help="Backpropagation you can read: where every number of a gradient comes from, and networks"
    " trained on real data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (explain, examples, train, predict):
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


def main() -> None:
    """Run the command line; mistakes of the user end it with one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # ∂ and × also where the locale is plain ASCII
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except ChainruleError as error:
        _fail(str(error))
    except BrokenPipeError:  # `chainrule … | head`
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        _fail(f"{error.filename or 'file'}: expected to be able to use it, got {error.strerror}")
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(line: str) -> None:
    print(f"chainrule: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(2)
