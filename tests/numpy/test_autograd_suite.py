"""The public test suite of HIPS/autograd, run on this package.

Set CHAINRULE_AUTOGRAD_TESTS to the `tests` folder of a checkout of github.com/HIPS/autograd; else
this file is skipped.  `autograd_stand_in.py` offers chainrule under autograd's module names.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = os.environ.get("CHAINRULE_AUTOGRAD_TESTS", "")
LEAST = 0.95

NOT_APPLICABLE = {
    r"test_vspaces\.py": "vector spaces, an internal class of autograd",
    r"test_misc\.py": "autograd.misc: flattening and caching of graphs, internals",
    r"test_wrappers\.py::test_deprecated": "names that autograd itself has deprecated",
    r"test_wrappers\.py::test_wrapped_name": "the names of autograd's own functions",
    r"test_wrappers\.py::test_custom_where": "np.where by keywords, which NumPy refuses",
    r"::test_isinstance": "isinstance and type, which autograd replaces",
    r"test_logic\.py::test_no_(vjp|jvp)_def": "the class of an error",
    r"test_logic\.py::test_unimplemented_falseyness": "removes a rule from an internal table",
    r"test_fft\.py::test_\w+_odd_not_implemented": "a limit of autograd: here it is computed",
    r"test_numpy\.py::test_(make_)?diagonal": "np.make_diagonal, a function of autograd's",
    r"test_linalg\.py::test_pinv": "np.linalg.T and _dot, names of autograd's own modules",
    r"test_tests\.py": "the messages of autograd's checker of gradients",
}
"""Patterns of tests that say nothing about NumPy's functions or derivatives, and why."""


@pytest.mark.skipif(not FOLDER, reason="CHAINRULE_AUTOGRAD_TESTS is not set")
def test_nearly_all_applicable_tests_pass(tmp_path: Path) -> None:
    report = tmp_path / "outcomes.json"
    here = Path(__file__).parent
    line = "-P -m pytest -q -p autograd_stand_in -p no:cacheprovider -W ignore --tb=no"
    line += f" --continue-on-collection-errors -c {os.devnull}"
    done = subprocess.run(
        [sys.executable, *line.split(), "--rootdir", FOLDER, FOLDER],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(here), FOLDER]),
            "CHAINRULE_AUTOGRAD_REPORT": str(report),
        },
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    outcomes: dict[str, str] = found["tests"]
    excluded = {
        pattern: [name for name in outcomes if re.search(pattern, name)]
        for pattern in NOT_APPLICABLE
    }
    assert all(excluded.values()), [p for p, names in excluded.items() if not names]
    left_out = {name for names in excluded.values() for name in names}
    applicable = {name: how for name, how in outcomes.items() if name not in left_out}
    passed = [name for name, how in applicable.items() if how == "passed"]
    failed = [name for name, how in applicable.items() if how == "failed"]
    checks = found["checks"]
    print(f"{len(passed)} of {len(passed) + len(failed)} applicable tests pass; checks: {checks}")
    print(*failed, sep="\n")
    assert len(passed) >= LEAST * (len(passed) + len(failed)), failed
    assert checks["passed"] >= LEAST * (checks["passed"] + checks["failed"])
