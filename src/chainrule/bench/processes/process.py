"""Processes: one for each contestant, asked over a pipe."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

from chainrule.bench.processes.machine import child_environment, processors
from chainrule.errors import ChainruleError

__all__ = ["Process", "WorkerError"]

LONGEST = 900.0
"""Seconds until a worker that does not answer is given up."""

WORKER = (sys.executable, "-P", "-c", "from chainrule.bench.processes.worker import serve; serve()")


class WorkerError(ChainruleError):
    """A contestant's process that failed; kept within this room, where it becomes a remark."""


@final
class Process:
    """A worker under way; a context manager that ends it.

    >>> import os
    >>> with Process(os.environ, threads=1) as process:
    ...     process.ask(do="nothing")
    Traceback (most recent call last):
        ...
    chainrule.bench.processes.process.WorkerError: worker: expected an answer, got AssertionError: \
make comes first
    """

    def __init__(
        self, environ: Mapping[str, str], threads: int, command: Sequence[str] = WORKER
    ) -> None:
        self.threads = threads
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  (closed in __exit__)
        try:
            with _bound(processors(threads)):
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    env=child_environment(environ, threads),
                )
        except OSError:  # such a command cannot be run
            self._errors.close()
            raise

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):
            self._process.communicate()
        self._errors.close()

    def send(self, **request: Any) -> None:
        """Ask for something without waiting for the answer."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: `receive` says how
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def receive(self) -> Any:
        """The next answer.  Raises WorkerError where there is none."""
        assert self._process.stdout is not None
        timer = threading.Timer(LONGEST, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        answer = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            raise WorkerError("worker", expected="an answer", got=answer["error"])
        return answer["answer"]

    def ask(self, **request: Any) -> Any:
        """Ask, and wait for the answer."""
        self.send(**request)
        return self.receive()

    def _last_words(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"the end of the process (code {code}) {lines[-1] if lines else ''}".strip()


@contextlib.contextmanager
def _bound(numbers: set[int] | None) -> Iterator[None]:
    """What starts meanwhile runs on these processors only, with all threads it makes."""
    if numbers is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, numbers)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
