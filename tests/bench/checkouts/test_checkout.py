"""A checkout: its environment variables, its Python, and its failures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import chainrule
from chainrule.bench.checkouts.checkout import Checkout, other_checkout
from chainrule.errors import OptionError

ROOT = Path(chainrule.__file__).resolve().parents[2]


def test_environment_variables():
    base = {"PYTHONPATH": "/elsewhere", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_CORETYPE": "x"}
    found = Checkout("it", Path("/it/src"), Path("python")).environment({**base, "HOME": "/h"}, 2)
    assert found["PYTHONPATH"] == str(Path("/it/src"))
    assert found["OMP_NUM_THREADS"] == "2"
    assert found["HOME"] == "/h"
    assert not {"PYTHONDONTWRITEBYTECODE", "OPENBLAS_CORETYPE"} & set(found)


def test_a_python_that_is_no_program(tmp_path):
    script = tmp_path / "python"
    script.write_text("\x00")
    script.chmod(0o755)
    with pytest.raises(OptionError, match="a chainrule that runs in"):
        other_checkout(ROOT, script).worker(os.environ, 1)


def test_the_python_of_an_environment_is_found(tmp_path):
    for name in ("src/chainrule/__init__.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = other_checkout(tmp_path)
    assert (found.source, found.python) == (tmp_path / "src", tmp_path / ".venv/bin/python")
