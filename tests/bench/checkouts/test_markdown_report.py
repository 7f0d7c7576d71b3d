"""The report of the comparison of two checkouts."""

from __future__ import annotations

from chainrule.bench.checkouts.markdown_report import markdown_report
from chainrule.bench.checkouts.rounds import Comparison, Row


def test_the_page():
    side = {"source": "/a/src", "commit": "abc", "python": "3.13.0", "versions": {"numpy": "2.4"}}
    about = {
        "system": "Linux 6",
        "processor": "A processor",
        "processors": 2,
        "pairs": 16,
        "rounds": 8,
        "confidence": 0.95,
        "fingerprint": "0123abcd",
        "stolen": 0.02,
        "others": 0.04,
        "notes": ["2 threads were not timed: only 1 processor is available."],
        "this": side,
        "other": {**side, "source": "/b/src", "commit": None},
    }
    pairs = [[(2e-4, 1e-4)], [(2e-4, 1e-4)]]
    lines = markdown_report(
        Comparison(
            about,
            [
                Row.of("mnist", 2, pairs),
                Row.of("wide", 1, [[(1e-4, 1e-4)], [(2e-4, 1e-4)]]),
                Row.of("import chainrule", None, pairs),
            ],
        )
    ).splitlines()
    assert "- this: /a/src at abc, Python 3.13.0, numpy 2.4" in lines
    assert "- other: /b/src, Python 3.13.0, numpy 2.4" in lines
    assert "| mnist | 2 | 200 µs | 100 µs | 2.000 | 2.000 to 2.000 | 2 | slower |" in lines
    assert "| wide | 1 | 150 µs | 100 µs | 1.500 | 1.000 to 2.000 | 2 | not decided |" in lines
    assert "- not decided, which more pairs may change: wide (1)" in lines
    assert "- 2 threads were not timed: only 1 processor is available." in lines
    assert (
        "- stolen from this machine 2.0 % of the processor time, other processes 4.0 %: disturbed"
        in lines
    )
    assert "- A processor, 2 processors, Linux 6; host 0123abcd" in lines
    last = "| import chainrule | - | 200 µs | 100 µs | 2.000 | 2.000 to 2.000 | 2 | slower |"
    assert lines[-1] == last
    assert len({line.count("|") for line in lines if line.startswith("|")}) == 1
