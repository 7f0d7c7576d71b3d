"""Importing `chainrule.train` does not import libraries that only some of its work needs."""

import pkgutil
import subprocess
import sys

import chainrule.train

HEAVY = ("sklearn", "polars", "matplotlib", "safetensors", "tomli_w", "torch", "jax", "pandas")


def test_no_module_imports_a_heavy_library() -> None:
    package = chainrule.train
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    modules = [module.name for module in found]
    assert "chainrule.train.optimizers.adam" in modules
    code = f"import sys, {', '.join(modules)}; print(*set({HEAVY}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
