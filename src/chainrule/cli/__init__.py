"""The command line: one file a command."""

from chainrule.cli.main import main

__all__ = ["main"]
