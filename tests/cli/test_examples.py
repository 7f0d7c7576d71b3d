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
