"""Ctrl-C while the command imports its libraries: it ends at once, without a traceback.

Imported before anything else.  Programs that import the package are left alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Any

__all__ = ["stop_watching"]


def _is_command() -> bool:
    """Whether this process runs `chainrule` or `python -m chainrule`."""
    first = sys.argv[0] if sys.argv else ""
    if first == "-m":  # what it is while Python looks for the package's __main__
        words = sys.orig_argv
        return "-m" in words and words[words.index("-m") + 1 :][:1] == ["chainrule"]
    return os.path.basename(first) in ("chainrule", "chainrule.exe", "chainrule-script.py")


def _end(*_: Any) -> None:
    os._exit(130)


def _watch() -> None:
    import signal  # takes a millisecond, which programs that import the package need not wait

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGINT, _end)


def stop_watching() -> None:
    """From now on, Ctrl-C is the exception KeyboardInterrupt again."""
    import signal

    if signal.getsignal(signal.SIGINT) is _end:
        signal.signal(signal.SIGINT, signal.default_int_handler)


if _is_command():
    _watch()
