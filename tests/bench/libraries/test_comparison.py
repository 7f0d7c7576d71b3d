"""The whole comparison: its settings, and its measurements other than step times."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from bench.small_workloads import SMALL
from chainrule.bench.libraries import comparison
from chainrule.bench.libraries.comparison import _explaining
from chainrule.bench.libraries.harness import Plan
from chainrule.errors import OptionError, UnknownNameError


@pytest.mark.parametrize(
    ("threads", "changes", "error"),
    [
        (0, {}, OptionError),
        (1, {"repetitions": 0}, OptionError),
        (1, {"contestants": ("torhc",)}, UnknownNameError),
    ],
)
def test_settings_that_cannot_be_measured(threads, changes, error):
    with pytest.raises(error):
        comparison.check([threads], replace(Plan({}), **changes))


def test_explanations_are_timed_in_a_worker():
    lines: list[str] = []
    plan = Plan(dict(os.environ), ("chainrule",), 1, 0.01, lines.append)
    found = _explaining([SMALL["tiny"], SMALL["mnist"]], 1, plan)
    assert list(found) == ["mnist"]
    assert lines == ["mnist: explaining a weight"]
    assert _explaining([SMALL["mnist"]], 1, Plan(dict(os.environ), ("sklearn",))) == {}


def test_importing_the_comparison_imports_no_other_library():
    heavy = {"torch", "jax", "sklearn", "micrograd", "autograd", "numba"}
    code = (
        "import sys\n"
        "from chainrule.bench.libraries import comparison, markdown_report, scaling\n"
        "from chainrule.bench.processes import worker\n"
        f"print(*{heavy} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
