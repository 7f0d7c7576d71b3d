"""The start of a process is timed, and a failing one is reported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.checkout_folders import write_checkout
from chainrule.bench.checkouts.checkout import other_checkout, this_checkout
from chainrule.bench.checkouts.startup import startup_seconds
from chainrule.errors import OptionError


def test_start_of_this_checkout():
    assert 0.001 < startup_seconds(this_checkout(), "import chainrule", os.environ, 1) < 60


def test_a_start_that_fails(tmp_path: Path):
    write_checkout(tmp_path / "clone", "import no_such_library")
    broken = other_checkout(tmp_path / "clone", Path(sys.executable))
    with pytest.raises(OptionError, match=r"clone, got import chainrule: Mod.*'no_such_library'"):
        startup_seconds(broken, "import chainrule", {}, 1)
