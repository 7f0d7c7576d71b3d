import os
from pathlib import Path

import pytest

from chainrule.train.storage import atomic


def test_write_and_replace(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    for content in (b"", b"one\r\n\0", b"two" * 100_000):
        atomic.write(path, content)
        assert path.read_bytes() == content
        assert os.listdir(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("failing", ["write", "fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    path = tmp_path / "a.bin"
    atomic.write(path, b"old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(type(error)):
        atomic.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_order_of_system_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is on the disk before it is renamed, and the rename before `write` returns."""
    calls: list[str] = []
    for name in ("write", "fsync", "replace"):

        def spy(*args: object, _name: str = name, _real: object = getattr(os, name)) -> object:
            calls.append(_name)
            return _real(*args)  # type: ignore[operator]

        monkeypatch.setattr(os, name, spy)
    atomic.write(tmp_path / "a", b"content")
    assert calls == ["write", "fsync", "replace", "fsync"]


def test_short_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, content[:3]))
    atomic.write(tmp_path / "a", b"0123456789")
    atomic.append(tmp_path / "a", b"abcdefg")
    assert (tmp_path / "a").read_bytes() == b"0123456789abcdefg"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_append_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "a"
    atomic.append(path, b"one\n")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(type(error)):
        atomic.append(path, b"two\n")
    assert path.read_bytes() == b"one\n"


def test_leftovers_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", lambda *_: None)
    atomic.write(tmp_path / "model.safetensors", b"half")
    others = [".hidden", "model.tmp", ".model.tmp", "model.0123456789abcdef.tmp"]
    for name in others:
        (tmp_path / name).write_text("mine")
    assert len(os.listdir(tmp_path)) == 5
    atomic.remove_leftovers(tmp_path)
    assert sorted(os.listdir(tmp_path)) == sorted(others)
