"""The start-up of chainrule: the time of whole processes that do little else."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping

from chainrule.bench.checkouts.checkout import Checkout

__all__ = ["COMMANDS", "startup_seconds"]

COMMANDS: dict[str, tuple[str, ...]] = {
    "import chainrule": ("-c", "import chainrule"),
    "chainrule --version": ("-m", "chainrule", "--version"),
    'chainrule explain "x*y" x=2 y=3': ("-m", "chainrule", "explain", "x*y", "x=2", "y=3"),
}
"""The arguments of Python, by the name of the command in the results."""


def startup_seconds(
    checkout: Checkout, what: str, environ: Mapping[str, str], threads: int
) -> float:
    """Seconds from the start of one process to its end.  Raises OptionError if it fails."""
    command = [str(checkout.python), "-P", *COMMANDS[what]]
    env = checkout.environment(environ, threads)
    start = time.perf_counter()
    try:
        done = subprocess.run(
            command, env=env, capture_output=True, cwd=tempfile.gettempdir(), check=False
        )
    except OSError as error:
        raise checkout.error(f"{checkout.python}: {error.strerror}") from None
    elapsed = time.perf_counter() - start
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().splitlines()
        raise checkout.error(f"{what}: {words[-1] if words else f'code {done.returncode}'}")
    return elapsed
