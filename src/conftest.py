"""The examples in docstrings: which modules are searched for them."""

from __future__ import annotations

import importlib.util

import chainrule  # noqa: F401  (before pytest imports `chainrule.explain`, which is a function too)

# modules that need PyTorch are left out where it is missing
needs_torch = ("*_modules", "record_module", "source_location", "torch_model")
collect_ignore_glob = [f"chainrule/interop/torch/{name}.py" for name in needs_torch]
if importlib.util.find_spec("torch"):
    collect_ignore_glob = []
