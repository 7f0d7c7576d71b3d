"""What `make quick` checks: the files that changed and the tests beside them, or a fast core.

    python tests/changed.py files      # changed Python files of the package and its tests
    python tests/changed.py tests      # what to give to pytest

Changed means: different from the newest commit that `main` upstream has too, committed or not.
`src/chainrule/engine/threads/pool.py` is tested by `tests/engine/threads/test_pool.py`; where there is
no such file, by the tests in the nearest folder of the same name.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE, TESTS = Path("src/chainrule"), Path("tests")

CORE = [
    "tests/architecture",
    "tests/graph",
    "tests/autodiff/test_transforms.py",
    "tests/program",
    "tests/explain/derivation",
]
"""What is tested if nothing changed: some seconds, through every layer of the core."""


def git(*words: str) -> list[str]:
    """The lines that git answers; none where it fails."""
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[:-1] if done.returncode == 0 else []


def changed() -> list[Path]:
    """Files that were edited or added, and still exist, relative to the checkout."""
    base = git("merge-base", "HEAD", "@{upstream}") or ["HEAD"]
    names = git("diff", "--name-only", base[0]) + git("ls-files", "--others", "--exclude-standard")
    return [path for path in map(Path, sorted(set(names))) if (ROOT / path).is_file()]


def python(files: Iterable[Path]) -> list[Path]:
    """The Python files among them that belong to the package or its tests."""
    return [
        file
        for file in files
        if file.suffix == ".py" and (SOURCE in file.parents or TESTS in file.parents)
    ]


def tests_of(file: Path, root: Path = ROOT) -> list[Path]:
    """The tests of a file: itself, or those that mirror it, with the examples in its docstrings."""
    if TESTS in file.parents:
        return [file] if file.name.startswith("test_") else sorted(_tests(root, file.parent))
    mirror = TESTS / file.relative_to(SOURCE).with_name(f"test_{file.name}")
    if (root / mirror).exists():
        return [mirror, file]
    return [*next((sorted(t) for folder in mirror.parents if (t := _tests(root, folder))), []), file]


def _tests(root: Path, folder: Path) -> list[Path]:
    return [path.relative_to(root) for path in (root / folder).glob("test_*.py")]


def main() -> None:
    files = python(changed())
    if sys.argv[1:] == ["files"]:
        print(*files)
    else:
        print(*(dict.fromkeys(test for file in files for test in tests_of(file)) or CORE))


if __name__ == "__main__":
    main()
