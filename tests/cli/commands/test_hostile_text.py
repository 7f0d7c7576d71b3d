"""Names from files never command a terminal, and no failure of drawing hides a report."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from chainrule.train.runs import training_run
from chainrule.train.runs.tables import table_domain
from cli.command import environment, process

CASES = Path(__file__).parents[2] / "cases" / "hostile"
NASTY = ["\x1b]0;pwn\x07blue", "\x1b[2Jred", "\x9b2Jgreen", "\u202eevil", "\x7fdel"]
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
QUICKLY = ["--layers", "4", "--epochs", "2", "--engine", "reference", "--run", "run"]


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["a\x1b[2J,\x9b2Jb,cls"]
    lines += [
        f"{row % 5 + rng.normal():.3f},{rng.normal():.3f},{NASTY[row % 5]}" for row in range(60)
    ]
    path = tmp_path / "na\x1b[2Jsty.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_labels_reach_a_terminal_as_escapes_and_a_file_as_they_are(call, nasty, tmp_path):
    done = call("train", nasty, "--target", "cls", *QUICKLY)
    assert done.code == 0, done
    assert not RAW.search(done.out + done.err)
    done = call("predict", "run", nasty)
    assert done.code == 0, done
    assert not RAW.search(done.out + done.err)
    assert "control characters are shown as escapes" in done.err
    header = done.out.splitlines()[0]
    assert r"p(\x1b[2Jred)" in header
    done = call("predict", "run", nasty, "-o", "out.csv")
    assert "note" not in done.err
    assert "p(\x1b[2Jred)" in (tmp_path / "out.csv").read_text(encoding="utf-8")
    done = call("predict", "run", nasty, "--json")
    assert not RAW.search(done.out + done.err)
    assert "note" not in done.err
    assert set(json.loads(done.out)["classes"]) == set(NASTY)
    done = call("train", nasty, "--target", "cls", *QUICKLY[:-1], "second", "--json")
    assert not RAW.search(done.out + done.err)
    assert json.loads(done.out)["rows"] == 60


@pytest.mark.parametrize("where", ["run", "--set", "explain", "target", "missing"])
def test_errors_show_names_as_escapes(call, nasty, where):
    name = "\x1b[2J\x9b2J\u202e"
    words = {
        "run": ["predict", name, nasty],
        "--set": ["explain", "x", "--set", f"{name}=1"],
        "explain": ["explain", f"x + {name}"],
        "target": ["train", nasty, "--target", name],
        "missing": ["train", f"{name}.csv", "--target", "y"],
    }
    done = call(*words[where])
    assert done.code == 2
    assert not RAW.search(done.out + done.err)


@pytest.mark.parametrize("name", [file.name for file in sorted(CASES.glob("*.csv"))])
def test_a_report_for_every_case(call, name, tmp_path):
    done = call("train", CASES / name, "--target", "cls", *QUICKLY, "--figures", "png,svg")
    assert done.code == 0, done
    assert done.err.count("note") == 0
    assert "accuracy" in done.out
    assert (tmp_path / "run" / "figures" / "boundary.svg").exists()


def fail(*_: object) -> bytes:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("json_too", [False, True])
@pytest.mark.parametrize(
    ("module", "part"), [(table_domain, "run_figures"), (training_run, "to_files")]
)
def test_a_failure_of_drawing_does_not_hide_the_report(call, monkeypatch, module, part, json_too):
    monkeypatch.setattr(module, part, fail)
    done = call("train", "iris", *QUICKLY, "--figures", "png", *["--json"] * json_too)
    assert done.code == 0, done
    assert "note: not all pictures could be drawn (OSError: [Errno 28] No space left" in done.err
    assert "Traceback" not in done.err
    if json_too:
        assert json.loads(done.out)["epochs"] == 2
    else:
        assert "accuracy" in done.out


def test_an_interrupt_while_drawing_does_not_hide_the_report(call, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(training_run, "to_files", interrupted)
    done = call("train", "iris", *QUICKLY)
    assert done.code == 130
    assert "accuracy" in done.out


SURROUNDINGS = {
    "backend of a notebook": ({"MPLBACKEND": "module://matplotlib_inline.backend_inline"}, ""),
    "no backend at all": ({"MPLBACKEND": "nonsense"}, ""),
    "usetex": ({}, "text.usetex: True\n"),
    "tight": ({}, "savefig.bbox: tight\nfigure.autolayout: True\n"),
}


@pytest.mark.parametrize("case", SURROUNDINGS)
def test_settings_of_matplotlib_do_not_end_a_run(tmp_path, case):
    changes, settings = SURROUNDINGS[case]
    (tmp_path / "matplotlibrc").write_text(settings)
    done = process("train", "iris", *QUICKLY, cwd=tmp_path, env=environment(**changes))
    assert done.code == 0, done
    assert "accuracy" in done.out
    assert "note" not in done.err
    assert len(list((tmp_path / "run" / "figures").glob("*.png"))) == 5
