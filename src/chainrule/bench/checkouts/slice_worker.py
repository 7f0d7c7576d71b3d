"""The worker of one checkout: it times slices of training steps and predictions on request.

This is a script that is started by its path, so that the Python and the package of either checkout
can run it.  It therefore uses only the public names of `chainrule`, and `make_stepper` from the
first module in STEPPERS that has it; MODELS does, too, and is read by its path.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

STEPPERS = ("chainrule.train.steps", "chainrule.train.step")
"""Modules that may contain `make_stepper`, newest first: the only name used that is not public."""

MODELS = Path(__file__).parents[1] / "contestants" / "models" / "chainrule_models.py"
"""The file that makes the model of each network; another checkout may not have it."""

RATE = 1e-9
"""A learning rate so small that the weights do not change, and all slices do the same work."""

UNTIMED_SHARE = 8
"""A slice starts with 1/8 of its work untimed, to fill the caches that the other checkout used."""

PACKAGES = ("chainrule", "numpy", "scipy", "numba", "llvmlite")


def make_stepper() -> Callable[..., Any]:
    """The function that makes a stepper, from the module where this checkout has it."""
    for name in STEPPERS:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # the module exists, but a library that it imports does not
            continue
        if hasattr(module, "make_stepper"):
            return module.make_stepper
    raise LookupError(f"none of {', '.join(STEPPERS)} has make_stepper")


def training(workload: Mapping[str, Any]) -> Callable[[int], None]:
    """A function that runs a number of training steps, in epochs over shuffled rows."""
    import numpy as np

    import chainrule as cr

    x, y = data(workload)
    loss, optimizer = getattr(cr, workload["form"]["loss"]), cr.optimizers.Adam(RATE)
    stepper = make_stepper()(make_model(workload), loss, optimizer, x, y, engine="compiled")
    batch, steps = workload["batch"], len(x) // workload["batch"]
    order = np.random.default_rng(2).permutation(len(x))[: steps * batch].reshape(steps, batch)

    def run(count: int) -> None:
        for first in range(0, count, steps):
            stepper.run(order[: count - first], RATE)

    return run


def inference(workload: Mapping[str, Any]) -> Callable[[int], None]:
    """A function that makes a number of predictions, for several inputs in turn."""
    model, rows = make_model(workload), workload["samples"]
    x, _ = data(workload)
    inputs = [x[i * rows : (i + 1) * rows].copy() for i in range(min(16, len(x) // rows))]

    def run(count: int) -> None:
        for i in range(count):
            model.predict(inputs[i % len(inputs)])

    return run


def make_model(workload: Mapping[str, Any]) -> Any:
    """A new model of the workload's network."""
    spec = importlib.util.spec_from_file_location(MODELS.stem, MODELS)
    assert spec is not None
    assert spec.loader is not None
    models = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(models)
    return models.make_model(workload["network"])


def data(workload: Mapping[str, Any]) -> tuple[Any, Any]:
    """Random inputs and targets."""
    import numpy as np

    rng, form, rows = np.random.default_rng(0), workload["form"], workload["rows"]

    def draw(shape: Sequence[int], count: int | None) -> Any:
        if count is None:
            return rng.standard_normal((rows, *shape), np.float32)
        return rng.integers(0, count, (rows, *shape))

    x = draw(form["input_shape"], form["codes"])
    return x, draw(form["target_shape"], None if form["loss"] == "mse" else form["outputs"])


def about() -> dict[str, Any]:
    """The folder of the package, and the versions of Python and the libraries."""
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
    """Runs one workload at a time."""

    run: Callable[[int], None]

    def do(self, request: Mapping[str, Any]) -> Any:
        """Run the command in the entry `do` of the request, and return the answer."""
        match request["do"]:
            case "about":
                return about()
            case "make":
                workload = request["workload"]
                self.run = (training if workload["samples"] is None else inference)(workload)
                self.run(1)  # compiles
                return None
            case "warm":
                return self.warm_up(request["seconds"])
            case "slice":
                return self.slice(request["count"])
        raise ValueError(request["do"])

    def warm_up(self, seconds: float) -> float:
        """Work for about `seconds`, and return the seconds of one step at the end."""
        count, per_step, end = 1, 0.0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            per_step = self.slice(count)
            count = max(1, min(2 * count, int(seconds / 4 / per_step)))
        return per_step

    def slice(self, count: int) -> float:
        """Time `count` steps or predictions, and return the seconds of one."""
        self.run(max(1, count // UNTIMED_SHARE))
        start = time.perf_counter()
        self.run(count)
        return (time.perf_counter() - start) / count


def serve() -> None:
    """Answer requests, one JSON object per line, until the input ends.

    The same protocol as in `bench.processes.worker`, which another checkout may not have.
    """
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
