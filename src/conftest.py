"""Modules that need PyTorch are not searched for examples where it is missing."""

from __future__ import annotations

import importlib.util

needs_torch = ("export", "model", "modules", "place")
collect_ignore = [f"chainrule/interop/torch/{name}.py" for name in needs_torch]
if importlib.util.find_spec("torch"):
    collect_ignore = []
