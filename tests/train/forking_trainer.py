"""`chainrule train` over and over, saving every few milliseconds; `test_kill.py` kills it.

With arguments, this process is that one run.  Without any, it reads them from its input, one JSON
list a line, and forks a process for each, which has imported everything already: fifty processes
would otherwise spend minutes on imports.  The next line, "kill" or "wait", says how to end the
process; the answer is its exit code.
"""

import json
import os
import signal
import sys

from chainrule.cli import main
from chainrule.train.loop.training_loop import TrainingLoop
from chainrule.train.runs.training_run import SaveInterval, TrainingRun


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
            sys.argv[1:] = json.loads(line)
            main()
        if sys.stdin.readline() == "kill\n":
            os.kill(child, signal.SIGKILL)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    TrainingLoop.chunk_seconds = 0.002
    TrainingRun.saving = SaveInterval(seconds=0.0, share=1.0)
    if len(sys.argv) > 1:
        main()
    fork_forever()
