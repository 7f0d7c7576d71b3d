"""A worker process, seen from the process that sends it requests over a pipe."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

from chainrule.bench.processes.machine import child_environment, processors
from chainrule.errors import ChainruleError

__all__ = ["Process", "WorkerError"]

LONGEST = 300.0
"""Seconds after which a worker that does not answer is killed."""

CAN_STOP = hasattr(signal, "SIGSTOP")
"""Whether the system can stop a process for a while; Windows cannot."""

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
        self,
        environ: Mapping[str, str],
        threads: int,
        command: Sequence[str] = WORKER,
        wait: str | None = None,
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
                    env=child_environment(environ, threads, wait),
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

    def receive(self, longest: float = LONGEST) -> Any:
        """Wait for the next answer.  Raises WorkerError if the worker failed, ended or hung."""
        assert self._process.stdout is not None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        timer = threading.Timer(longest, give_up)
        timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            timer.cancel()
        answer = self._parsed(line, f"none within {longest:g} s" if late.is_set() else "")
        if "error" in answer:
            raise WorkerError("worker", expected="an answer", got=answer["error"])
        return answer["answer"]

    def ask(self, longest: float = LONGEST, **request: Any) -> Any:
        """Send a request and wait for the answer."""
        self.send(**request)
        return self.receive(longest)

    def stop(self) -> None:
        """Stop all threads until `go_on`, so that none that spins takes others' processors."""
        if CAN_STOP:
            self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let the threads run again after `stop`."""
        if CAN_STOP:
            self._process.send_signal(signal.SIGCONT)

    def _parsed(self, line: bytes, late: str) -> dict[str, Any]:
        """The answer in a line, which may be cut short where the process was killed."""
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and found:
                return found
        return {"error": late or self._end_of_process()}

    def _end_of_process(self) -> str:
        """The exit code, and the last line that the process wrote to standard error."""
        self._process.kill()  # one that has not ended wrote what is no answer
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
