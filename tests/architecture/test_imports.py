"""No two files import each other: not at the top, not inside a function.

That imports only run downwards between rooms is checked by import-linter (`pyproject.toml`).
"""

from __future__ import annotations

import pytest

from architecture.imports import circle, imports


def test_no_circles():
    assert circle(imports("chainrule")) == []


def test_no_circles_for_the_type_checker():
    assert circle(imports("chainrule", types=True)) == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("from circular import b", "from circular.a import A"),
        ("import circular.b", "def f():\n    from circular import a"),
        ("class A:\n    def f(self):\n        import circular.b", "import circular.a"),
    ],
)
def test_circles_are_seen_wherever_the_imports_stand(first, second, tmp_path, monkeypatch):
    folder = tmp_path / "circular"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "a.py").write_text(first)
    (folder / "b.py").write_text(second)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(circle(imports("circular"))) == {"circular.a", "circular.b"}


def test_imports_for_the_type_checker_are_separate(tmp_path, monkeypatch):
    folder = tmp_path / "typed"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "a.py").write_text("import typed.b")
    guarded = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import typed.a"
    (folder / "b.py").write_text(guarded)
    monkeypatch.syspath_prepend(tmp_path)
    assert circle(imports("typed")) == []
    assert circle(imports("typed", types=True))
