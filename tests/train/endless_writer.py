"""A process that writes a run folder until it is killed; `test_run_folder.py` starts it.

Every state is a function of the epoch, so a reader of the folder can detect a mixture.
"""

from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np

from chainrule.train.loop.history import EpochRecord
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.storage.checkpoint import Checkpoint


def state(epoch: int) -> Checkpoint:
    return Checkpoint(
        {"weight": np.full((30, 100), float(epoch))},
        {"mean": np.full(50, float(epoch))},
        {"moment1": np.full(3000, float(epoch)), "moment2": np.full(3000, -float(epoch))},
        epoch=epoch,
        step=7 * epoch,
        extra={"epoch": epoch},
    )


def record(epoch: int) -> EpochRecord:
    norms = {f"layer {i}": float(epoch) for i in range(20)}
    return EpochRecord(epoch, 7 * epoch, 1.0 / epoch, 0.1, 0.5, gradient_norms=norms)


def write(path: Path, started: Event) -> None:
    """Create a run there, or continue the existing one."""
    if path.exists():
        run = RunFolder.resume(path)
    else:
        run = RunFolder.create(path, {"name": "killed"}, state(0))
    epoch = run.checkpoint().epoch
    started.set()
    while True:
        epoch += 1
        run.save(state(epoch), record(epoch))
        run.write_figure("loss.png", b"\x89PNG" + bytes([epoch % 256]) * 10_000)
