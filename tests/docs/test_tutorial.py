"""The tutorial runs, shows what it stores, and stays small."""

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


def test_every_cell_runs_and_gives_what_is_stored(notebook: dict):
    ran = list(outputs(notebook))
    assert len(ran) > 10
    for number, (cell, found) in enumerate(ran, start=1):
        assert cell["execution_count"] == number, "store the outputs again: see notebook.py"
        assert [kinds(output) for output in found] == [kinds(o) for o in cell["outputs"]]
        # what training comes to differs in its last digits between machines
        if "trained" not in cell["metadata"].get("tags", []):
            assert list(map(texts, found)) == list(map(texts, cell["outputs"]))


def kinds(output: dict) -> list[str]:
    return sorted(output.get("data", output))


def texts(output: dict) -> list[str]:
    return output.get("data", {}).get("text/plain", output.get("text", []))


def test_the_file_is_small_and_knows_of_no_machine(notebook: dict):
    text = PATH.read_text(encoding="utf-8")
    assert len(text) < 400_000
    assert not re.search(r"/(home|Users|tmp|root|work|opt|var)/", text)
    assert "Traceback" not in text


def test_the_form_is_that_of_notebooks(notebook: dict):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    identities = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identities)) == len(identities)
    for cell in notebook["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        keys |= {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == keys
