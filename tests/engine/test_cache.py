"""Kernels on disk: kept, renewed when the engine changes, and never in the way of running."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
from chainrule.engine import compile as compiling

PACKAGE = Path(chainrule.__file__).parent

SMALL = """
from chainrule.engine.compile import compiled

@compiled
def twice(x):
    return 2 * x

assert twice(4) == 8
print(sum(twice.stats.cache_hits.values()), sum(twice.stats.cache_misses.values()))
"""

WHOLE = """
import numpy as np, chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.opcodes import MAPS
from chainrule.program import plan

graph = cr.trace(lambda x, w: cr.softmax(cr.tanh(x @ w)), cr.spec((3, 2)), cr.spec((2, 4)))
groups = dict.fromkeys(graph.inputs, "input")
program = plan(graph, np.dtype(float), groups=groups, outputs=[("y", "output")], kernels=MAPS)
(y,) = Runner(program)(np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4) / 8)
print(y.tolist())
"""


def run(code: str, folder: Path, **variables: str) -> str:
    """What a process of its own prints, with every warning an error and nothing on stderr."""
    script = folder / "script.py"
    if not script.exists():
        script.write_text(code)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


@pytest.fixture
def nowhere(tmp_path: Path) -> dict[str, str]:
    """Variables that leave no folder to keep kernels in, for the superuser too."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    (tmp_path / "__pycache__").write_text("another")
    inside = str(blocked / "inside")
    return {
        "NUMBA_CACHE_DIR": inside,
        "XDG_CACHE_HOME": inside,
        "HOME": inside,
        "LOCALAPPDATA": inside,
    }


def test_kernels_are_kept(tmp_path):
    for expected in ("0 1", "1 0"):
        assert run(SMALL, tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept")) == expected


def test_no_folder_to_keep_them_in(tmp_path, nowhere):
    for _ in range(2):
        run(SMALL, tmp_path, **nowhere)
    assert (tmp_path / "__pycache__").is_file()


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80\x05damaged"])
def test_damaged_files_are_made_anew(tmp_path, suffix, content):
    kept = tmp_path / "kept"
    run(SMALL, tmp_path, NUMBA_CACHE_DIR=str(kept))
    (file,) = kept.rglob(f"*.{suffix}")
    file.write_bytes(content)
    assert run(SMALL, tmp_path, NUMBA_CACHE_DIR=str(kept)).startswith("0")
    assert run(SMALL, tmp_path, NUMBA_CACHE_DIR=str(kept)) == "1 0"


def test_a_change_in_another_file_of_the_engine_makes_them_anew(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
    variables = {"NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(source)}
    assert run(SMALL, tmp_path, **variables) == "0 1"
    assert run(SMALL, tmp_path, **variables) == "1 0"
    with (source / "chainrule" / "engine" / "opcodes.py").open("a") as file:
        file.write("\n")
    assert run(SMALL, tmp_path, **variables) == "0 1"


def test_a_disk_that_is_full(monkeypatch):
    @compiling.compiled
    def thrice(x):
        return 3 * x

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(thrice._cache._cache_file, "_save_index", full)
    monkeypatch.setattr(thrice._cache._cache_file, "_save_data", full)
    assert thrice(np.float64(5)) == 15


def test_the_whole_engine_from_a_package_that_cannot_be_written_to(tmp_path, nowhere):
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "chainrule" / "engine" / "__pycache__").write_text("a file in its place")
    printed = run(WHOLE, tmp_path, PYTHONPATH=str(source), **nowhere)
    x, w = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4) / 8
    e = np.exp(np.tanh(x @ w))
    found = np.array(eval(printed))
    np.testing.assert_allclose(found, e / e.sum(axis=1, keepdims=True), rtol=1e-12)
