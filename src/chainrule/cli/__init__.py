"""The command line: the only room that prints and parses arguments."""

from chainrule.cli.main import main

__all__ = ["main"]
