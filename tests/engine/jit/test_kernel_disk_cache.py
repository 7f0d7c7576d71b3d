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
from chainrule.engine.jit import kernel_disk_cache, numba_internals, sealed_files
from chainrule.engine.jit.sealed_files import say_once

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
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test, in the user's own."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    say_once.cache_clear()
    return tmp_path / "cache" / "chainrule"


def test_a_kernel_is_compiled_once(tmp_path, root):
    assert [run_kernel(tmp_path) for _ in range(3)] == [(0, 1), (1, 0), (1, 0)]
    assert list(root.rglob("*.nbc"))
    assert not list(tmp_path.rglob("__pycache__/*.nb*"))


def test_a_configured_folder_takes_precedence(tmp_path, root, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "configured"))
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (1, 0)]
    assert list((tmp_path / "configured" / "chainrule").rglob("*.nbc"))
    assert not root.exists()


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut short": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "a flipped bit in the seal": lambda content: flipped(content, 3),
    "a flipped bit in the code": lambda content: flipped(content, len(content) // 2),
    "a pickle without a seal": lambda content: content[32:],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_never_unpickled(tmp_path, root, damage, monkeypatch, caplog):
    run_kernel(tmp_path)
    (file,) = root.rglob("*.nbc")
    file.write_bytes(DAMAGES[damage](file.read_bytes()))
    with monkeypatch.context() as patch:
        patch.setattr(numba_internals.pickle, "loads", lambda content: pytest.fail("unpickled"))
        assert run_kernel(tmp_path) == (0, 1)
    assert "changed or damaged; it is compiled again" in caplog.text
    assert run_kernel(tmp_path) == (1, 0)


def test_a_file_is_not_taken_for_another(tmp_path, root):
    run_kernel(tmp_path)
    (file,) = root.rglob("*.nbc")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "kernel.py").write_text("\n" + KERNEL.replace("2 * x", "x + 2 + 2"))
    run_kernel(tmp_path / "other")
    (other,) = set(root.rglob("*.nbc")) - {file}
    other.write_bytes(file.read_bytes())
    assert run_kernel(tmp_path / "other") == (0, 1)


def test_a_seal_of_another_secret_is_wrong(tmp_path, root):
    """Copying files into the folder is not enough to seal them."""
    run_kernel(tmp_path)
    (root / "secret").write_bytes(b"s" * 32)
    kernel_disk_cache._open.cache_clear()
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (1, 0)]


posix = pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")


@posix
def test_only_this_user_can_read_what_is_kept(tmp_path, root):
    before = os.umask(0)
    try:
        run_kernel(tmp_path)
    finally:
        os.umask(before)
    found = [root, *root.rglob("*")]
    modes = {path.stat().st_mode & 0o777 for path in found if path.is_dir()}
    assert modes == {0o700}
    assert {path.stat().st_mode & 0o777 for path in found if path.is_file()} == {0o600}


def test_a_compilation_is_said_and_a_load_is_not(tmp_path, root, caplog):
    assert run_kernel(tmp_path) == (0, 1)
    assert [record.message for record in caplog.records] == [kernel_disk_cache.COMPILING]
    caplog.clear()
    say_once.cache_clear()
    assert run_kernel(tmp_path) == (1, 0)
    assert not caplog.records


@posix
@pytest.mark.parametrize("which", ["root", "folder"])
def test_a_folder_that_others_can_write_is_not_used(tmp_path, root, which, caplog):
    run_kernel(tmp_path)
    folder = root if which == "root" else next(path for path in root.iterdir() if path.is_dir())
    folder.chmod(0o770)
    kernel_disk_cache._open.cache_clear()
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (0, 1)]
    assert "others can write" in caplog.text
    assert len(caplog.records) == 2  # the other one is that of the first compilation


@posix
def test_a_folder_of_another_user_is_not_used(tmp_path, root, monkeypatch, caplog):
    run_kernel(tmp_path)
    kernel_disk_cache._open.cache_clear()
    real = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: real + 1)
    assert run_kernel(tmp_path) == (0, 1)
    assert "belongs to another user" in caplog.text


@posix
def test_files_that_others_could_have_written_are_not_used(tmp_path, root):
    run_kernel(tmp_path)
    (file,) = root.rglob("*.nbc")
    file.chmod(0o666)
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (1, 0)]
    (file,) = root.rglob("*.nbc")
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert run_kernel(tmp_path) == (0, 1)
    file.unlink()
    os.mkfifo(file)
    assert run_kernel(tmp_path) == (0, 1)  # and does not wait for a writer


def test_only_the_latest_folders_are_kept(tmp_path, root):
    run_kernel(tmp_path)
    (folder,) = root.glob("kernels-*")
    for number in range(20):
        (root / f"kernels-{number}").mkdir()
        os.utime(root / f"kernels-{number}", (number, number))
    folder.rename(root / "moved")
    kernel_disk_cache._open.cache_clear()
    run_kernel(tmp_path)
    kept = {path.name for path in root.glob("kernels-*")}
    assert kept == {folder.name, *(f"kernels-{number}" for number in range(13, 20))}


def test_what_a_killed_process_left_is_deleted(tmp_path, root):
    run_kernel(tmp_path)
    (folder,) = root.glob("kernels-*")
    for name in (".old.tmp", ".new.tmp"):
        (folder / name).touch()
    os.utime(folder / ".old.tmp", (0, 0))
    kernel_disk_cache._open.cache_clear()
    run_kernel(tmp_path)
    assert [path.name for path in folder.glob(".*")] == [".new.tmp"]


def test_without_a_folder_kernels_are_compiled_in_every_process(
    tmp_path, no_cache_folder, monkeypatch, caplog
):
    for name, value in no_cache_folder.items():
        monkeypatch.setenv(name, value)
    say_once.cache_clear()
    assert [run_kernel(tmp_path) for _ in range(2)] == [(0, 1), (0, 1)]
    assert [record.message.split(",")[0] for record in caplog.records] == [
        "compiled kernels are not kept on disk"
    ]


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


@pytest.mark.usefixtures("root")
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


def test_a_full_disk(tmp_path, root, monkeypatch, caplog):
    def full(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(sealed_files, "_write_new", full)
    assert run_kernel(tmp_path) == (0, 1)
    assert "no space left on device" in caplog.text
    assert not list(root.rglob("*.nbc"))


@pytest.mark.slow
def test_the_whole_engine_in_a_read_only_package(tmp_path, no_cache_folder):
    """In a separate process, where every warning is an error."""
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "chainrule", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(source.rglob("*"))
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
    (line,) = done.stderr.splitlines()
    assert line.startswith("compiled kernels are not kept on disk")
    assert sorted(source.rglob("*")) == before
    x, w = np.arange(6.0).reshape(3, 2), np.arange(8.0).reshape(2, 4) / 8
    e = np.exp(np.tanh(x @ w))
    expected = e / e.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(json.loads(done.stdout), expected, rtol=1e-12)


REFUSED = "NUMBA_DISABLE_JIT: expected 0, or unset: the engine runs compiled kernels, got 1; "


def test_the_engine_says_that_numba_is_switched_off():
    done = subprocess.run(
        [sys.executable, "-c", WHOLE],
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=False,
    )
    assert f"chainrule.errors.OptionError: {REFUSED}" in done.stderr
