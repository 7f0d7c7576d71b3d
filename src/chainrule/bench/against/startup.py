"""Start-up: whole processes, from nothing to their end."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping

from chainrule.bench.against.checkout import Checkout

__all__ = ["COMMANDS", "seconds"]

COMMANDS: dict[str, tuple[str, ...]] = {
    "import chainrule": ("-c", "import chainrule"),
    "chainrule --version": ("-m", "chainrule", "--version"),
    'chainrule explain "x*y" x=2 y=3': ("-m", "chainrule", "explain", "x*y", "x=2", "y=3"),
}
"""What is started, by what is written for it."""


def seconds(checkout: Checkout, what: str, environ: Mapping[str, str], threads: int) -> float:
    """Of one process.  Raises OptionError where it fails."""
    command = [str(checkout.python), "-P", *COMMANDS[what]]
    env = checkout.environment(environ, threads)
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, cwd=tempfile.gettempdir(), check=False
        )
    except OSError as error:
        raise checkout.error(f"{checkout.python}: {error.strerror}") from None
    took = time.perf_counter() - began
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise checkout.error(f"{what}: {words[-1] if words else f'code {done.returncode}'}")
    return took
