"""Processes forked while another thread compiles: none waits for a lock that thread held."""

import subprocess
import sys

import pytest

PROGRAM = """
import os, signal, threading
import numpy as np
from chainrule.nn import mlp
from chainrule.ops.losses import mse
from chainrule.train import optimizers
from chainrule.train.steps.stepper import make_stepper

x = np.random.default_rng(0).normal(size=(64, 4))

def trained(width):
    stepper = make_stepper(mlp(4, [width], 4), mse, optimizers.SGD(), x, x, engine="compiled")
    stepper.run(np.arange(64).reshape(8, 8), 0.1)

def busy():
    for width in range(5, 10_000):
        if done:
            return
        trained(width)

done = False
trained(3)
thread = threading.Thread(target=busy)
thread.start()
ended = []
for _ in range(20):
    child = os.fork()
    if not child:
        signal.alarm(20)
        trained(3)
        os._exit(0)
    ended.append(os.waitpid(child, 0)[1])
done = True
thread.join()
assert not any(ended), ended
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no forks there")
def test_forked_processes_train():
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
