"""Modules that need PyTorch are not searched for examples where it is missing."""

from __future__ import annotations

import importlib.util

needs_torch = ("layer_modules", "record_module", "source_location", "torch_model")
collect_ignore = [f"chainrule/interop/torch/{name}.py" for name in needs_torch]
if importlib.util.find_spec("torch"):
    collect_ignore = []
