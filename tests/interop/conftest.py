"""Where PyTorch is missing, what only serves the comparison with it is not even looked at."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = ["[!t]*.py"]  # the tests say by themselves that they skip
if importlib.util.find_spec("torch"):
    import torch

    collect_ignore_glob = []
    torch.set_num_threads(1)  # arrays are tiny here, and others wait for the cores
