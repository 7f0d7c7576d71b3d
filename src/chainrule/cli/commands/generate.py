"""`chainrule generate`: let a trained language model write."""

from __future__ import annotations

from pathlib import Path

import typer

from chainrule.cli.output.destination import check_output, write_result
from chainrule.cli.output.formatting import json_text

__all__ = ["register"]

HELP = """Generate text with a run that learnt one.

The text goes on after the prompt: token after token, each drawn from what the network finds
probable. Equal seeds give equal texts.

\b
Examples:
  chainrule generate runs/book-1 --prompt "It was"
  chainrule generate runs/book-1 --prompt "It was" --length 300 --temperature 0.8 --top-k 20
  chainrule generate runs/book-1 --temperature 0 --json
"""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("generate", help=HELP)(generate)


def generate(
    run: Path = typer.Argument(metavar="RUN", help="A run folder of a text."),
    prompt: str = typer.Option(
        "", "--prompt", metavar="TEXT", help="What the text begins with.  [default: a new line]"
    ),
    length: int = typer.Option(
        300, "--length", metavar="N", help="How many characters, words or bytes, as in training."
    ),
    temperature: float = typer.Option(
        0.8,
        "--temperature",
        metavar="NUMBER",
        help="Below 1, rather the probable; 0 takes the most probable.",
    ),
    top_k: int = typer.Option(
        None, "--top-k", metavar="K", help="Draw among the K most probable.  [default: all]"
    ),
    seed: int = typer.Option(0, "--seed", metavar="N", help="Of what is drawn."),
    output: Path = typer.Option(None, "--output", "-o", metavar="FILE", help="Write to this file."),
    json: bool = typer.Option(False, "--json", help="Print one JSON object for programs."),
) -> None:
    from chainrule.domains.text.generate import generate as generate_text

    check_output(output)
    text = generate_text(
        run, prompt, length=length, temperature=temperature, top_k=top_k, seed=seed
    )
    if not json:
        write_result(f"{prompt}{text}\n", output)
        return
    entries = {
        "prompt": prompt,
        "text": text,
        "length": length,
        "temperature": temperature,
        "top_k": top_k,
        "seed": seed,
    }
    write_result(json_text(entries), output)
