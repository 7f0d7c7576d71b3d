"""A worker process, seen from the process that sends it requests over a pipe."""

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
"""Seconds after which a worker that does not answer is killed."""

WORKER = (sys.executable, "-P", "-c", "from chainrule.bench.processes.worker import serve; serve()")


class WorkerError(ChainruleError):
    """A worker that failed.  Callers in `bench` catch it and report the contestant as left out."""


@final
class Process:
    """A running worker; a context manager that ends it.

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
            with _bind_children(processors(threads)):
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    env=child_environment(environ, threads),
                )
        except OSError:  # the command cannot be run
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
        """Send a request without waiting for the answer."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the process has ended: `receive` reports it
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def receive(self) -> Any:
        """Wait for the next answer.  Raises WorkerError if the worker failed or ended."""
        assert self._process.stdout is not None
        timer = threading.Timer(LONGEST, self._process.kill)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        answer = json.loads(line) if line else {"error": self._end_of_process()}
        if "error" in answer:
            raise WorkerError("worker", expected="an answer", got=answer["error"])
        return answer["answer"]

    def ask(self, **request: Any) -> Any:
        """Send a request and wait for the answer."""
        self.send(**request)
        return self.receive()

    def _end_of_process(self) -> str:
        """The exit code, and the last line that the process wrote to standard error."""
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"the end of the process (code {code}) {lines[-1] if lines else ''}".strip()


@contextlib.contextmanager
def _bind_children(numbers: set[int] | None) -> Iterator[None]:
    """Bind processes started in the block, with all their threads, to these processors."""
    if numbers is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, numbers)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
