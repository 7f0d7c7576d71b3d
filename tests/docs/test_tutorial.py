"""The tutorial runs, gives the outputs that it stores, and is small."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from docs.notebook import outputs

PATH = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def notebook() -> dict:
    return json.loads(PATH.read_text(encoding="utf-8"))


def test_every_cell_gives_its_stored_output(notebook: dict):
    ran = list(outputs(notebook))
    assert len(ran) > 10
    for number, (cell, found) in enumerate(ran, start=1):
        assert cell["execution_count"] == number, "store the outputs again: see notebook.py"
        assert [kinds(output) for output in found] == [kinds(o) for o in cell["outputs"]]
        # the last digits of trained networks differ between machines
        if "trained" not in cell["metadata"].get("tags", []):
            assert list(map(texts, found)) == list(map(texts, cell["outputs"]))


def kinds(output: dict) -> list[str]:
    return sorted(output.get("data", output))


def texts(output: dict) -> list[str]:
    return output.get("data", {}).get("text/plain", output.get("text", []))


def test_the_file_is_small_and_has_no_local_paths(notebook: dict):
    text = PATH.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert not re.search(r"/(home|Users|tmp|root|work|opt|var)/", text)
    assert "Traceback" not in text


def test_the_file_is_a_valid_notebook(notebook: dict):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)
    for cell in notebook["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        keys |= {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == keys
