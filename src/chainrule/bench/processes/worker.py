"""A worker, seen from the inside: it answers the requests that `Process` sends.

A worker handles a single contestant, so that libraries do not share a process.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any, final

from chainrule.bench.contestants import CONTESTANTS
from chainrule.bench.measurements.explanation_time import measure_explanations
from chainrule.bench.measurements.host_rates import measure_host_rates
from chainrule.bench.measurements.memory_growth import training_growth
from chainrule.bench.measurements.planning_time import measure_planning
from chainrule.bench.measurements.roof import measure_roof
from chainrule.bench.measurements.step_time import Task, task_for
from chainrule.bench.workloads import Workload

__all__ = ["serve"]


def serve() -> None:
    """Answer requests, one JSON object per line, until the input ends.

    Libraries that print write to standard error, so that standard output has only answers.
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
        """Run the command in the entry `do` of the request, and return the answer."""
        match request["do"]:
            case "make":
                kind = CONTESTANTS[request["contestant"]]
                workload = Workload.from_dict(request["workload"])
                self.task = task_for(kind(workload, request["threads"]))
                return blas_libraries()
            case "memory":
                kind = CONTESTANTS[request["contestant"]]
                workload = Workload.from_dict(request["workload"])
                return training_growth(kind, workload, request["threads"])
            case "explaining":
                workload = Workload.from_dict(request["workload"])
                return measure_explanations(workload, request["threads"])
            case "planning":
                return measure_planning(Workload.from_dict(request["workload"]))
            case "host":
                return measure_host_rates(request["threads"])
            case "roof":
                return measure_roof(Workload.from_dict(request["workload"]), request["threads"])
        assert self.task is not None, "make comes first"
        match request["do"]:
            case "check":
                return self.task.check(request["steps"])
            case "warm":
                return self.task.warm_up(request["seconds"], request.get("plan"))
            case "slice":
                return self.task.time_once()
        raise ValueError(request["do"])


def blas_libraries() -> list[str]:
    """The BLAS libraries in this process: name, version, kernels, threads."""
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
