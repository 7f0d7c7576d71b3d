"""The whole comparison: its settings, and its measurements other than step times."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from bench.fake_process import failure
from bench.small_workloads import SEQUENCES, SMALL
from chainrule.bench.libraries import comparison, host
from chainrule.bench.libraries.comparison import _others
from chainrule.bench.libraries.plan import Plan, check
from chainrule.bench.libraries.results import PeerRatio, Result, Timing
from chainrule.bench.pairing.paired_ratios import Ratio
from chainrule.bench.workloads import WORKLOADS
from chainrule.errors import OptionError, UnknownNameError


@pytest.mark.parametrize(
    ("threads", "changes", "error"),
    [
        (0, {}, OptionError),
        (1, {"turns": 0}, OptionError),
        (1, {"contestants": ("torhc",)}, UnknownNameError),
    ],
)
def test_settings_that_cannot_be_measured(threads, changes, error):
    with pytest.raises(error):
        check([threads], replace(Plan({}), **changes))


def test_explanations_and_planning_are_timed_in_a_worker():
    lines: list[str] = []
    plan = Plan(dict(os.environ), ("chainrule",), 1, 0.01, on_progress=lines.append)
    found = _others([SMALL["tiny"], SMALL["mnist"], SEQUENCES["lstm"]], 1, plan)
    assert {what: list(each) for what, each in found.items()} == {
        "explaining": ["mnist"],
        "planning": ["lstm"],
    }
    assert lines == ["mnist: explaining a weight", "lstm: planning 1000 steps"]
    nothing = _others([SMALL["mnist"]], 1, Plan(dict(os.environ), ("sklearn",)))
    assert nothing == {"explaining": {}, "planning": {}}


class Unmeasurable:
    """A process in which nothing can be measured."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Unmeasurable:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def stop(self) -> None:
        pass

    go_on = stop

    def ask(self, **request: Any) -> Any:
        raise failure(f"no {request['do']}")


def test_a_run_whose_other_measurements_fail(monkeypatch):
    result = Result("wide", "chainrule", 2, None, 2.0, 1.0, 3.0, 12)
    ratio = PeerRatio("wide", "jax_scan", Ratio(1.1, 1.0, 1.2), 6, 36)
    monkeypatch.setattr(comparison, "Process", Unmeasurable)
    monkeypatch.setattr(
        comparison, "time_workload", lambda *_: Timing([result], ratio, {"sklearn": "no"}, ["b"])
    )
    plan = Plan({}, ("chainrule", "sklearn"))
    found = comparison.run([WORKLOADS["wide"]], 2, plan, {"fingerprint": "f"}, ["a note"])
    assert (found.results, found.ratios) == ([result], [ratio])
    left_out = {"sklearn": "no", "roof": "could not be measured"}
    assert found.environment["left_out"] == {"wide": left_out}
    assert found.environment["notes"] == ["a note"]
    assert found.environment["blas"] == ["b"]
    assert found.host["fingerprint"] == "f"
    assert (found.roof, found.explaining, found.planning) == ({}, {}, {})
    monkeypatch.setattr(host, "Process", Unmeasurable)
    rates = host.measure_host([1, 2, 1], plan)["rates"]
    assert rates == {"1": {"error": "no host"}, "2": {"error": "no host"}}


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
