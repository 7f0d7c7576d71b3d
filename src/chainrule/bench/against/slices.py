"""The worker of one checkout: slices of training steps and predictions, timed on request.

A script on its own, started by its path, so that the Python and the package of either checkout can
run it.  It takes from them what users have (`chainrule` itself) and what STEPPERS names.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

STEPPERS = ("chainrule.train.steps", "chainrule.train.steps.step", "chainrule.train.steps.stepper")
"""Modules that may have `make_stepper`, newest first: the one name here that is not public."""

RATE = 1e-9
"""So small a learning rate leaves the weights where they began: all slices do the same work."""

SETTLING = 8
"""A slice begins with one such part of its work untimed: caches hold what the other has left."""

PACKAGES = ("chainrule", "numpy", "scipy", "numba", "llvmlite")


def make_stepper() -> Callable[..., Any]:
    """The function that makes what runs training steps, wherever this checkout has it."""
    for name in STEPPERS:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # a library is missing
            continue
        if hasattr(module, "make_stepper"):
            return module.make_stepper
    raise LookupError(f"none of {', '.join(STEPPERS)} has make_stepper")


def training(workload: Mapping[str, Any]) -> Callable[[int], None]:
    """Makes so many training steps, in epochs over rows in an order of their own."""
    import numpy as np

    import chainrule as cr

    model, x = network(workload)
    y = np.random.default_rng(1).integers(0, workload["sizes"][-1], len(x))
    optimizer = cr.optimizers.Adam(RATE)
    stepper = make_stepper()(model, cr.cross_entropy, optimizer, x, y, engine="compiled")
    batch, steps = workload["batch"], len(x) // workload["batch"]
    order = np.random.default_rng(2).permutation(len(x))[: steps * batch].reshape(steps, batch)

    def run(count: int) -> None:
        for first in range(0, count, steps):
            stepper.run(order[: count - first], RATE)

    return run


def inference(workload: Mapping[str, Any]) -> Callable[[int], None]:
    """Makes so many predictions, of several inputs in turn."""
    model, x = network(workload)
    rows = workload["samples"]
    inputs = [x[i * rows : (i + 1) * rows].copy() for i in range(min(16, len(x) // rows))]

    def run(count: int) -> None:
        for i in range(count):
            model.predict(inputs[i % len(inputs)])

    return run


def network(workload: Mapping[str, Any]) -> tuple[Any, Any]:
    """A new network, and inputs for it."""
    import numpy as np

    import chainrule as cr

    d, *hidden, classes = workload["sizes"]
    model = cr.nn.mlp(d, hidden, classes, batch_norm=workload["batch_norm"], dtype=np.float32)
    x = np.random.default_rng(0).standard_normal((workload["rows"], d), np.float32)
    return model, x


def about() -> dict[str, Any]:
    """What runs here: the package's folder, Python, libraries."""
    import chainrule

    versions: dict[str, str] = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "package": os.path.dirname(os.path.abspath(chainrule.__file__)),
        "python": platform.python_version(),
        "versions": versions,
    }


class Worker:
    """One workload at a time."""

    run: Callable[[int], None]

    def do(self, request: Mapping[str, Any]) -> Any:
        """What the entry `do` of a request names."""
        match request["do"]:
            case "about":
                return about()
            case "make":
                workload = request["workload"]
                self.run = (training if workload["samples"] is None else inference)(workload)
                self.run(1)  # plans and compiles
                return None
            case "warm":
                return self.warm(request["seconds"])
            case "slice":
                return self.slice(request["count"])
        raise ValueError(request["do"])

    def warm(self, seconds: float) -> float:
        """Work for about so long; the seconds of one step by then."""
        count, one, end = 1, 0.0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            one = self.slice(count)
            count = max(1, min(2 * count, int(seconds / 4 / one)))
        return one

    def slice(self, count: int) -> float:
        """Seconds of a step, or a prediction, over `count` of them."""
        self.run(max(1, count // SETTLING))
        began = time.perf_counter()
        self.run(count)
        return (time.perf_counter() - began) / count


def serve() -> None:
    """Answer requests, one JSON object a line; only answers may stand between answers."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    worker = Worker()
    for line in sys.stdin.buffer:
        try:
            answer = {"answer": worker.do(json.loads(line))}
        except Exception as error:
            traceback.print_exc()
            words = " ".join(str(error).split())
            answer = {"error": f"{type(error).__name__}: {words[:300]}"}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


if __name__ == "__main__":
    serve()
