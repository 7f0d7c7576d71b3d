"""Worker processes that only pretend: they answer at once what a test wants them to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import pytest

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.libraries import entrants
from chainrule.bench.processes.process import WorkerError

__all__ = ["FakeProcess", "FakeProcesses", "failure"]


def failure(got: str) -> WorkerError:
    """What is raised when a worker fails."""
    return WorkerError("worker", expected="an answer", got=got)


class FakeProcesses:
    """Processes whose answers are given by contestant, or by contestant and setting.

    An answer is a value, an error to raise, or a function of the number of the question of its kind
    that is put to the process.  `calls` has the contestant, the setting and the question.
    """

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, answers: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.answers = answers
        self.calls: list[tuple[str, str, str]] = []
        self.started: list[str] = []
        self.running: set[str] = set()
        monkeypatch.setattr(entrants, "Process", self._start)
        monkeypatch.setattr(entrants, "PAUSE", 0.0)
        for kind in CONTESTANTS.values():
            monkeypatch.setattr(kind, "missing", classmethod(lambda cls: ""))

    def _start(self, environ: Any, threads: int, wait: str | None = None) -> FakeProcess:
        return FakeProcess(self, f"{threads}{wait or ''}")

    def asked(self, what: str) -> list[str]:
        """The contestants to which this was put, in order."""
        return [name for name, _, asked in self.calls if asked == what]


class FakeProcess:
    """One of them; it checks that it is asked only while it runs, and alone."""

    def __init__(self, all_of_them: FakeProcesses, setting: str) -> None:
        self.all, self.setting, self.name = all_of_them, setting, ""
        self.stopped, self.numbers = False, dict[str, Callable[[], int]]()

    def __enter__(self) -> FakeProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.all.running.discard(self.name + self.setting)

    def stop(self) -> None:
        self.stopped = True
        self.all.running.discard(self.name + self.setting)

    def go_on(self) -> None:
        self.stopped = False
        self.all.running.add(self.name + self.setting)

    def ask(self, longest: float = 0.0, **request: Any) -> Any:
        assert not self.stopped
        what = request["do"]
        if what == "make":
            self.name = request["contestant"]
            self.all.started.append(self.name)
            self.all.running.add(self.name + self.setting)
        if what in {"warm", "slice"}:
            assert self.all.running == {self.name + self.setting}
        self.all.calls.append((self.name, self.setting, what))
        number = self.numbers.setdefault(what, count().__next__)()
        chosen = self.all.answers
        answer = {**chosen[self.name], **chosen.get(f"{self.name} {self.setting}", {})}.get(what)
        found = answer(number) if callable(answer) else answer
        if isinstance(found, Exception):
            raise found
        return found
