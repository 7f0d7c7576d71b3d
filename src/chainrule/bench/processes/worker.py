"""A worker: the other end of `bench.process`, alone in its process with one contestant."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any, final

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.measurements import explaining
from chainrule.bench.measurements.memory import growth
from chainrule.bench.measurements.roof import measure
from chainrule.bench.processes.tasks import Task, task
from chainrule.bench.workloads import Workload

__all__ = ["serve"]


def serve() -> None:
    """Answer requests, one JSON object a line, until there are no more.

    What libraries print goes where errors go: only answers may stand between answers.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    worker = _Worker()
    for line in sys.stdin.buffer:
        try:
            answer = {"answer": worker.do(json.loads(line))}
        except Exception as error:
            traceback.print_exc()
            words = " ".join(str(error).split())
            answer = {"error": f"{type(error).__name__}: {words[:300]}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


@final
class _Worker:
    task: Task | None = None

    def do(self, request: Mapping[str, Any]) -> Any:
        """What the entry `do` of a request names."""
        match request["do"]:
            case "make":
                kind = CONTESTANTS[request["contestant"]]
                workload = Workload.from_dict(request["workload"])
                self.task = task(kind(workload, request["threads"]))
                return blas()
            case "memory":
                kind = CONTESTANTS[request["contestant"]]
                workload = Workload.from_dict(request["workload"])
                return growth(kind, workload, request["threads"])
            case "explain":
                workload = Workload.from_dict(request["workload"])
                return explaining.measure(workload, request["threads"])
            case "roof":
                return measure(Workload.from_dict(request["workload"]), request["threads"])
        assert self.task is not None, "make comes first"
        match request["do"]:
            case "check":
                return self.task.check()
            case "warm":
                return self.task.warm(request["seconds"])
            case "once":
                return self.task.once()
        raise ValueError(request["do"])


def blas() -> list[str]:
    """The matrix libraries in this process: name, version, kernels, threads."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [
        " ".join(str(pool.get(key) or "?") for key in ("internal_api", "version", "architecture"))
        + f", {pool['num_threads']} threads"
        for pool in threadpool_info()
        if pool.get("user_api") == "blas"
    ]
