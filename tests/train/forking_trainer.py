"""`chainrule train` over and over, saving after every chunk of steps; `test_kill.py` kills it.

With arguments, this process is that one run, after the number of epochs in which it may live.
Without any, it reads such numbers and arguments from its input, a JSON list a line, and forks a
process for each, which has imported everything already: fifty processes would otherwise spend
minutes on imports.  The next line, "kill" or "wait", says how to end the process; the answer is its
exit code.
"""

import json
import os
import signal
import sys

from chainrule.cli import main
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import SaveInterval, TrainingRun


def die_after(epochs: int, seconds: float = 0.0) -> None:
    """End this process, without notice, some CPU time after it has saved this many epochs.

    However busy the machine is: the clock is this process's own, and two epochs later it is killed.
    """
    save, left, armed = RunFolder.save, epochs, False

    def saved(folder, checkpoint, *records):
        nonlocal left, armed
        save(folder, checkpoint, *records)
        left -= len(records)
        if left <= 0 and not armed:
            armed = True
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, seconds + 1e-6)
        if left <= -2:
            os.kill(os.getpid(), signal.SIGKILL)

    RunFolder.save = saved


def fork_forever() -> None:
    import matplotlib.figure  # noqa: F401
    import numpy as np
    import safetensors.numpy  # noqa: F401

    from chainrule.engine.instructions import RECORDS
    from chainrule.engine.interpreter.kernel_addresses import resolve_kernels
    from chainrule.engine.interpreter.precompile import precompile

    precompile("float32")
    every = np.arange(2 * len(RECORDS)).reshape(2, -1).T.copy()  # opcode, address of the kernel
    resolve_kernels(every, np.dtype("float32"))
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            for stream in (0, 1):
                os.dup2(os.open(os.devnull, os.O_RDWR), stream)
            life, sys.argv[1:] = json.loads(line)
            if life is not None:
                die_after(*life)
            main()
        if sys.stdin.readline() == "kill\n":
            os.kill(child, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    TrainingLoop.chunk_seconds = 0.002
    TrainingRun.saving = SaveInterval(seconds=0.0, share=float("inf"))
    if len(sys.argv) > 1:
        die_after(int(sys.argv.pop(1)))
        main()
    fork_forever()
