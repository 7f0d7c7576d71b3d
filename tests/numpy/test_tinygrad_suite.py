"""tinygrad's public tests of operations, run on this package with PyTorch as the oracle.

They are not part of this repository: CHAINRULE_TINYGRAD_TESTS names a folder that has
`test_ops.py`, such as a checkout of tinygrad.  `tinygrad_suite` is the stand-in for its tensor,
with methods written in `chainrule.numpy`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

FOLDER = os.environ.get("CHAINRULE_TINYGRAD_TESTS")
SHARE = 0.95


@pytest.mark.skipif(not FOLDER, reason="CHAINRULE_TINYGRAD_TESTS names no folder of tests")
def test_tests_of_operations_pass(tmp_path, capsys):
    tests = next(Path(FOLDER or "").rglob("test_ops.py"), None)
    assert tests is not None, f"no test_ops.py below {FOLDER}"
    counts = tmp_path / "counts.json"
    paths = [str(Path(__file__).parent), *sys.path]
    plugins = ["-p", "tinygrad_suite.plugin", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", *plugins, tests.name],
        cwd=tests.parent,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths), "CHAINRULE_TINYGRAD_COUNTS": str(counts)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert counts.exists(), ran.stdout + ran.stderr
    found = json.loads(counts.read_text(encoding="utf-8"))
    number = found["counts"]
    shares = {
        kind: 1 - number.get(f"{kind} failed", 0) / number[kind] for kind in ("gradients", "values")
    }
    with capsys.disabled():
        print(f"\ntinygrad's tests of operations: {number}")
        print("\n".join(f"  {name}: {why}" for name, why in found["failed"].items()))
    assert number["gradients"] > 250, number
    assert min(shares.values()) >= SHARE, shares
