"""Rooms that a stranger finds by name: small folders, each with a sentence that says what it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import chainrule

ROOT = Path(chainrule.__file__).parent
FOLDERS = sorted({file.parent for file in ROOT.rglob("*.py")})

MOST_FILES = 12
"""Files side by side in a folder whose files are of different kinds."""

ONE_KIND = {
    "bench/contestants",
    "engine/instructions",
    "gallery/examples",
    "interop/torch/operations",
    "nn/layers",
    "train/figures",
    "train/optimizers",
    "train/schedules",
}
"""Folders with one member of a kind in each file: they may grow."""

MOST_LINES = 330
"""Lines of a file that can still be read in one sitting."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_folders_say_what_they_hold(folder):
    face = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    first = (ast.get_docstring(face) or "").split("\n\n")[0]
    assert first.endswith(".")


@pytest.mark.parametrize("folder", FOLDERS, ids=name)
def test_folders_are_small(folder):
    files = [file for file in folder.glob("*.py") if file.name != "__init__.py"]
    assert len(files) <= MOST_FILES or name(folder) in ONE_KIND


def test_files_are_short():
    long = {
        name(file): lines
        for file in ROOT.rglob("*.py")
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > MOST_LINES
    }
    assert long == {}


def test_tests_mirror_the_rooms():
    tests = Path(__file__).parents[1]
    mirrored = {path.parent.relative_to(tests) for path in tests.rglob("test_*.py")}
    outside = {Path("docs"), Path("architecture"), Path("promises")}
    strangers = {
        folder.as_posix()
        for folder in mirrored - outside
        if folder != Path() and not (ROOT / folder).is_dir()
    }
    assert strangers == set()
