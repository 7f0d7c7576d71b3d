"""Links in the documentation exist, and what is made from the code is up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page):
    targets = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if not target.startswith(("http:", "https:"))]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_in_the_text(page):
    """What reads like `engine/threads/pool.py` is a file of the package, its tests or the docs."""
    named = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?)`", page.read_text(encoding="utf-8"))
    folders = [ROOT, ROOT / "src" / "chainrule", ROOT / "src"]
    ours = {path.name for folder in folders for path in folder.iterdir()}
    missing = [
        name
        for name in named
        if name.split("/")[0] in ours and not any((folder / name).exists() for folder in folders)
    ]
    assert missing == []


def test_picture_of_the_rooms():
    drawn = [sys.executable, str(ROOT / "docs" / "draw_rooms.py"), "--check"]
    done = subprocess.run(drawn, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_of_numpys_functions():
    page = (ROOT / "docs" / "numpy.md").read_text(encoding="utf-8")
    versions = f"NumPy {np.__version__}, SciPy {scipy.__version__}"
    if versions not in page:
        pytest.skip(f"the page is written for other versions than {versions}")
    written = [sys.executable, str(ROOT / "docs" / "list_numpy.py"), "--check"]
    done = subprocess.run(written, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
