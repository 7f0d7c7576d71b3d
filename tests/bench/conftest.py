"""The command as a call, as the tests of the command line have it."""

from cli.conftest import call

__all__ = ["call"]
