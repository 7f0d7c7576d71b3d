"""`chainrule examples`."""

from __future__ import annotations

import json

from chainrule import gallery


def test_a_line_for_each(call):
    done = call("examples")
    lines = done.out.splitlines()
    names = list(gallery.names())
    assert [line.split()[0] for line in lines[: len(names)]] == names
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "Work one with: chainrule explain NAME"
    assert "\x1b" not in done.out


def test_json(call):
    found = json.loads(call("examples", "--json").out)
    assert [entry["name"] for entry in found] == list(gallery.names())
    assert all(set(entry) == {"name", "summary"} and entry["summary"] for entry in found)


def test_both_engines_train_an_example(call):
    """They print the same where rounding does not matter."""
    printed = [call("explain", "dead-relu", *more).out for more in ((), ("--engine", "reference"))]
    assert printed[0] == printed[1] == call("explain", "dead-relu", "--engine", "compiled").out


def test_only_trained_examples_have_an_engine(call):
    for source in (["max-gate"], ["x*y", "x=1", "y=2"], ["max-gate", "--flow"]):
        done = call("explain", *source, "--engine", "reference")
        assert done.code == 2
        assert "--engine: expected a worked example that is trained" in done.err
    assert "compiled, reference" in call("explain", "dead-relu", "--engine", "steam").err
