"""A checkout: the folders of its package and its Python, and how its processes are started."""

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
from chainrule.bench.checkouts import slice_worker
from chainrule.bench.processes.machine import child_environment
from chainrule.bench.processes.process import Process, WorkerError
from chainrule.errors import OptionError

__all__ = ["Checkout", "other_checkout", "this_checkout"]

CLEARED = ("PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
"""Variables that can keep Python from storing bytecode, so that it compiles at each start."""

PYTHONS = (".venv/bin/python", ".venv/Scripts/python.exe")


@final
@dataclass(frozen=True)
class Checkout:
    """One of the two checkouts.

    name     its name in messages: "this checkout", or the folder of the other one
    source   the folder that contains the package `chainrule`
    python   the interpreter that runs it
    """

    name: str
    source: Path
    python: Path

    def environment(self, environ: Mapping[str, str], threads: int) -> dict[str, str]:
        """The environment variables of its processes, which import this package and no other."""
        others = {name: value for name, value in environ.items() if name not in CLEARED}
        return {**child_environment(others, threads), "PYTHONPATH": str(self.source)}

    def worker(self, environ: Mapping[str, str], threads: int) -> Process:
        """Start a process that runs `slice_worker`."""
        command = [str(self.python), "-P", str(Path(slice_worker.__file__).absolute())]
        try:
            return Process(self.environment(environ, threads), threads, command)
        except OSError as error:
            raise self.error(f"{self.python}: {error.strerror}") from None

    def about(self, worker: Process) -> dict[str, Any]:
        """Folder, commit, versions.  Raises OptionError if `worker` imports another chainrule."""
        found = self.answer(worker, do="about")
        package = Path(found.pop("package"))
        if package.resolve() != (self.source / "chainrule").resolve():
            raise self.error(f"the chainrule of {package.parent}")
        return {"source": str(self.source), "commit": self._commit(), **found}

    def answer(self, worker: Process, **request: Any) -> Any:
        """Send a request and wait for the answer.  Raises OptionError if the worker fails."""
        worker.send(**request)
        return self.receive(worker)

    def receive(self, worker: Process) -> Any:
        """Wait for the answer to a request.  Raises OptionError if the worker fails."""
        try:
            return worker.receive()
        except WorkerError as error:
            raise self.error(error.got) from None

    def error(self, got: str) -> OptionError:
        """The error to raise if this checkout cannot be timed."""
        return OptionError(
            "against",
            expected=f"a chainrule that runs in {self.name}",
            got=got,
            remedy=f"see whether it works there: PYTHONPATH={self.source} {self.python} -m"
            " chainrule train digits --epochs 1",
        )

    def _commit(self) -> str | None:
        """The commit that is checked out, if git knows one, with + if files were changed since."""
        command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
        with suppress(OSError):
            done = subprocess.run(
                command, cwd=self.source, capture_output=True, text=True, check=False
            )
            return done.stdout.strip() or None
        return None


def this_checkout() -> Checkout:
    """The checkout that is running now."""
    return Checkout("this checkout", _source_folder(chainrule.__file__), Path(sys.executable))


def other_checkout(folder: Path, python: Path | None = None) -> Checkout:
    """The checkout in a folder, run by `python` or by the Python of its own environment.

    Raises OptionError if there is no checkout or no Python.
    """
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


def _source_folder(file: str | None) -> Path:
    assert file is not None
    return Path(file).absolute().parents[1]
