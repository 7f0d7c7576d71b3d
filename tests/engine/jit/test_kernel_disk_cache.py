"""The disk cache of kernels: reused, renewed when the engine changes, never a reason to stop."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
import chainrule.engine
from chainrule.engine.jit import kernel_disk_cache
from chainrule.engine.jit.compile import compiled

PACKAGE = Path(chainrule.__file__).parent

KERNEL = """
from chainrule.engine.jit.compile import compiled

@compiled
def twice(x):
    return 2 * x
"""

WHOLE = """
import numpy as np, chainrule as cr
from chainrule.engine import Runner
from chainrule.program import plan

graph = cr.trace(lambda x, w: cr.softmax(cr.tanh(x @ w)), cr.spec((3, 2)), cr.spec((2, 4)))
groups = dict.fromkeys(graph.inputs, "input")
program = plan(graph, np.dtype(float), groups=groups, outputs=[("y", "output")])
(y,) = Runner(program)(np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4) / 8)
print(y.tolist())
"""


@pytest.fixture
def no_cache_folder(tmp_path: Path) -> dict[str, str]:
    """Environment variables with which no folder is writable, even for the superuser."""
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    return dict.fromkeys(
        ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"], str(blocked / "inside")
    )


def run_kernel(folder: Path) -> tuple[int, int]:
    """Run a kernel in a newly imported module; its cache hits and misses."""
    file = folder / "kernel.py"
    if not file.exists():
        file.write_text(KERNEL)
    spec = importlib.util.spec_from_file_location("kernel", file)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.twice(4) == 8
    hits, misses = module.twice.stats.cache_hits, module.twice.stats.cache_misses
    return sum(hits.values()), sum(misses.values())


@pytest.fixture
def cache_next_to_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache is next to the source file, whatever the environment says."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)


@pytest.mark.usefixtures("cache_next_to_source")
def test_a_kernel_is_compiled_once(tmp_path):
    assert [run_kernel(tmp_path) for _ in range(3)] == [(0, 1), (1, 0), (1, 0)]


@pytest.mark.usefixtures("cache_next_to_source")
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80\x05damaged"])
def test_damaged_files_are_replaced(tmp_path, suffix, content):
    run_kernel(tmp_path)
    (file,) = tmp_path.rglob(f"*.{suffix}")
    file.write_bytes(content)
    assert run_kernel(tmp_path)[0] == 0
    assert run_kernel(tmp_path) == (1, 0)


def test_without_a_folder_kernels_are_compiled_in_every_process(
    tmp_path, no_cache_folder, monkeypatch
):
    for name, value in no_cache_folder.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "__pycache__").write_text("a file where a folder should be")
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (0, 1)]


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the engine's files, which takes the place of the engine's own."""
    engine = tmp_path / "engine"
    shutil.copytree(PACKAGE / "engine", engine, ignore=shutil.ignore_patterns("__pycache__"))
    (engine / "inside").mkdir()
    (engine / "inside" / "kernels_of_a_test.py").write_text(KERNEL)
    monkeypatch.setattr(chainrule.engine, "__path__", [str(engine)])
    uncached = kernel_disk_cache._source_digest.__wrapped__
    monkeypatch.setattr(kernel_disk_cache, "_source_digest", uncached)
    return engine


def edit(file: Path) -> None:
    file.write_text(file.read_text() + "# changed")


CHANGES: dict[str, Callable[[Path], Any]] = {
    "edited": lambda engine: edit(engine / "__init__.py"),
    "edited in a subfolder": lambda engine: edit(engine / "inside" / "kernels_of_a_test.py"),
    "renamed": lambda engine: (engine / "inside").rename(engine / "outside"),
    "moved": lambda engine: shutil.move(engine / "inside" / "kernels_of_a_test.py", engine),
    "new": lambda engine: (engine / "inside" / "empty.py").touch(),
    "deleted": lambda engine: (engine / "inside" / "kernels_of_a_test.py").unlink(),
}


@pytest.mark.usefixtures("cache_next_to_source")
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_any_file_of_the_engine_invalidates_the_cache(tmp_path, engine, change):
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (1, 0)]
    CHANGES[change](engine)
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (1, 0)]


def test_kernels_use_names_of_the_engine_alone():
    """A change elsewhere in the package would not invalidate the cache."""
    files = [(file, ast.parse(file.read_text())) for file in (PACKAGE / "engine").rglob("*.py")]
    used = {name: file for file, tree in files for name in used_by_kernels(tree)}
    assert len(used) > 30
    strangers = {name: file for name, file in used.items() if not name.startswith(ENGINE)}
    assert strangers == {}


ENGINE = "chainrule.engine."
KERNELS = {"compiled", "inner", "intrinsic"}


def used_by_kernels(tree: ast.Module) -> set[str]:
    """What the kernels in a file use from the package: the modules of the imported names.

    A kernel uses the names in its body, and what their definitions in the same file use.
    """
    origins = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chainrule")
        for alias in node.names
    }
    definitions: dict[str, list[ast.AST]] = {}
    for node in tree.body:
        for name in defined(node):
            definitions.setdefault(name, []).append(node)
    waiting = [node for node in ast.walk(tree) if kernel(node)]
    found: set[str] = set()
    seen: set[str] = set()
    while waiting:
        for name in names(waiting.pop()) - seen:
            seen.add(name)
            found |= {origins[name]} & set(origins.values()) if name in origins else set()
            waiting += definitions.get(name, [])
    return found


def kernel(node: ast.AST) -> bool:
    """Whether this is a function that is compiled."""
    return isinstance(node, ast.FunctionDef) and bool(
        {each.id for each in node.decorator_list if isinstance(each, ast.Name)} & KERNELS
    )


def defined(node: ast.AST) -> set[str]:
    """The names that a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else []
    return {
        part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
    }


def names(node: ast.AST) -> set[str]:
    """The names that the body of a function, or the value of a statement, reads.

    Annotations are left out: they are not evaluated.
    """
    body = node.body if isinstance(node, ast.FunctionDef) else [node]
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return {
        part.id
        for statement in [*body, *decorators]
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def test_a_full_disk(monkeypatch):
    @compiled
    def thrice(x):
        return 3 * x

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(thrice._cache._cache_file, "_save_index", full)
    monkeypatch.setattr(thrice._cache._cache_file, "_save_data", full)
    assert thrice(np.float64(5)) == 15


def test_the_whole_engine_in_a_read_only_package(tmp_path, no_cache_folder):
    """In a separate process, where every warning is an error."""
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
    engine = source / "chainrule" / "engine"
    for folder in {file.parent for file in engine.rglob("*.py")}:
        (folder / "__pycache__").write_text("a file in its place")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WHOLE],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            **no_cache_folder,
            "PYTHONPATH": str(source),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NUMBA_OPT": "0",  # all kernels are compiled, and run once
        },
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert not list(source.rglob("*.nbi"))
    x, w = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4) / 8
    e = np.exp(np.tanh(x @ w))
    expected = e / e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=1e-12)
