"""Without PyTorch, modules that import it are not collected."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = ["[!t]*.py"]  # all but the tests, which skip themselves
if importlib.util.find_spec("torch"):
    import torch

    collect_ignore_glob = []
    torch.set_num_threads(1)  # arrays are small, and other tests need the cores
