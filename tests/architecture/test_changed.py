"""`make quick` finds the tests of a changed file."""

from __future__ import annotations

from pathlib import Path

import pytest

import changed


@pytest.mark.parametrize(
    ("file", "tests"),
    [
        (
            "src/chainrule/engine/threads/pool.py",
            ["tests/engine/threads/test_pool.py", "src/chainrule/engine/threads/pool.py"],
        ),
        (
            "src/chainrule/engine/threads/barrier.py",
            ["tests/engine/threads/test_pool.py", "src/chainrule/engine/threads/barrier.py"],
        ),
        ("tests/engine/threads/test_pool.py", ["tests/engine/threads/test_pool.py"]),
        ("tests/engine/runs.py", ["tests/engine/test_graphs.py"]),
        (
            "src/chainrule/engine/jit/compile.py",
            ["tests/engine/test_graphs.py", "src/chainrule/engine/jit/compile.py"],
        ),
    ],
)
def test_mirrors_a_file(file, tests, tmp_path):
    for name in ("tests/engine/threads/test_pool.py", "tests/engine/test_graphs.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert changed.mirrors(Path(file), tmp_path) == list(map(Path, tests))


def test_only_the_package_and_its_tests_count():
    files = [Path("README.md"), Path("docs/draw_rooms.py"), Path("src/chainrule/errors.py")]
    assert changed.python(files) == [Path("src/chainrule/errors.py")]


def test_the_core_is_there():
    assert all((changed.ROOT / name).exists() for name in changed.CORE)
