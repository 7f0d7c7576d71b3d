"""A checkout: where its package and its Python are, and how its processes are started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import chainrule
from chainrule.bench.against import slices
from chainrule.bench.processes.machine import child_environment
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.errors import OptionError

__all__ = ["Checkout", "other", "this"]

CLEARED = ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"""Without their bytecode the two would be compiled at each start."""

PYTHONS = (".venv/bin/python", ".venv/Scripts/python.exe")


@final
@dataclass(frozen=True)
class Checkout:
    """One of the two.

    name     for people: this checkout, or the folder of the other
    source   the folder that has the package `chainrule`
    python   that runs it
    """

    name: str
    source: Path
    python: Path

    def environment(self, environ: Mapping[str, str], threads: int) -> dict[str, str]:
        """The variables of its processes, which import this package and no other."""
        kept = {name: value for name, value in environ.items() if name not in CLEARED}
        return {**child_environment(kept, threads), "PYTHONPATH": str(self.source)}

    def worker(self, environ: Mapping[str, str], threads: int) -> Process:
        """A process that answers as `slices` does."""
        command = [str(self.python), "-P", str(Path(slices.__file__).absolute())]
        try:
            return Process(self.environment(environ, threads), threads, command)
        except OSError as error:
            raise self.error(f"{self.python}: {error.strerror}") from None

    def about(self, worker: Process) -> dict[str, Any]:
        """Folder, commit, Python and libraries.  Raises OptionError for another's package."""
        found = self.answer(worker, do="about")
        package = Path(found.pop("package"))
        if package.resolve() != (self.source / "chainrule").resolve():
            raise self.error(f"the chainrule of {package.parent}")
        return {"source": str(self.source), "commit": self._commit(), **found}

    def answer(self, worker: Process, **request: Any) -> Any:
        """The worker's answer to this.  Raises OptionError where it fails."""
        worker.send(**request)
        return self.receive(worker)

    def receive(self, worker: Process) -> Any:
        """The worker's answer to what it was sent.  Raises OptionError where it fails."""
        try:
            return worker.receive()
        except WorkerError as error:
            raise self.error(error.got) from None

    def error(self, got: str) -> OptionError:
        """What to raise where it cannot be timed."""
        return OptionError(
            "against",
            expected=f"a chainrule that runs in {self.name}",
            got=got,
            remedy=f"see whether it works there: PYTHONPATH={self.source} {self.python} -m"
            " chainrule train digits --epochs 1",
        )

    def _commit(self) -> str | None:
        """The commit it stands at, where git knows one; + where something was changed since."""
        command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
        with suppress(OSError):
            done = subprocess.run(
                command, cwd=self.source, capture_output=True, text=True, check=False
            )
            return done.stdout.strip() or None
        return None


def this() -> Checkout:
    """The one that runs now."""
    return Checkout("this checkout", _package(chainrule.__file__), Path(sys.executable))


def other(folder: Path, python: Path | None = None) -> Checkout:
    """The one in a folder, by its own Python or the one given.  Raises OptionError without it."""
    source = folder.absolute() / "src"
    if not (source / "chainrule/__init__.py").is_file():
        raise OptionError(
            "against",
            expected="the folder of another checkout of chainrule",
            got=f"{folder}, which {'has no src/chainrule' if folder.is_dir() else 'is no folder'}",
            remedy="make one, such as by git worktree add ../before HEAD",
        )
    if python is not None and not (python.is_file() and os.access(python, os.X_OK)):
        raise OptionError(
            "against python",
            expected="a Python with the libraries of chainrule",
            got=f"{python}, which cannot be run",
            remedy="name the python of an environment, such as .venv/bin/python",
        )
    found = python or next((p for name in PYTHONS if (p := folder / name).is_file()), None)
    if found is None:
        raise OptionError(
            "against",
            expected=f"an environment in {folder}",
            got=f"no {PYTHONS[0]}",
            remedy=f"make one by make -C {folder} .venv/.installed, or name another's Python by"
            " --against-python",
        )
    return Checkout(str(folder), source, found.absolute())


def _package(file: str | None) -> Path:
    assert file is not None
    return Path(file).absolute().parents[1]
