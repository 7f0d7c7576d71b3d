"""`chainrule examples`: list the worked examples of the gallery."""

from __future__ import annotations

import json as encoder

import typer

__all__ = ["register"]

HELP = """List the worked examples.

\b
Examples:
  chainrule examples
  chainrule explain two-two-two
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("examples", help=HELP)(examples)


def examples(
    json: bool = typer.Option(False, "--json", help="As a JSON list of names and summaries."),
) -> None:
    from chainrule import gallery

    listed = [(name, gallery.get(name).summary) for name in gallery.names()]
    if json:
        typer.echo(encoder.dumps([{"name": n, "summary": s} for n, s in listed], indent=2))
        return
    width = max(len(name) for name, _ in listed)
    for name, summary in listed:
        typer.echo(f"{name.ljust(width)}  {summary}")
    typer.echo("\nWork one with: chainrule explain NAME")
