"""What is promised to those who use chainrule is there, and nothing that is there is unwritten."""

from __future__ import annotations

import pytest

from promises import promise
from promises.commands import commands
from promises.forms import forms
from promises.names import names
from promises.promise import check


def test_names(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    check("names", names())


def test_commands(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    check("commands", commands())
    assert not list(tmp_path.iterdir())


def test_forms(resumed):
    check("forms", forms(resumed))


def test_a_change_is_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(promise, "FOLDER", tmp_path)
    promise.write("names", {"a": "(x)", "b": "(x)", "c": "(x)"})
    check("names", {"c": "(x)", "b": "(x)", "a": "(x)"})
    with pytest.raises(AssertionError) as raised:
        check("names", {"a": "(x)", "b": "(x, y)", "d": "(x)"})
    lines = str(raised.value).splitlines()
    assert "  gone     c  (x)" in lines
    assert "  new      d  (x)" in lines
    assert lines[lines.index("  changed  b") :][1:3] == ["    from   (x)", "    to     (x, y)"]
    assert "CHANGELOG.md" in lines[-2]
    assert "python tests/promises/renew.py names" in lines[-1]
