"""Machine code on disk: made once, made anew where it is damaged, and never in the way."""

import os
from pathlib import Path

import numpy as np
import pytest

from chainrule.engine.interpreter.training_loop import train
from chainrule.engine.jit import machine_code, store
from chainrule.engine.jit.compile import folder
from chainrule.engine.jit.store import stored
from chainrule.nn import mlp
from chainrule.ops.losses import cross_entropy
from chainrule.train import optimizers
from chainrule.train.steps.stepper import make_stepper


class Maker:
    """Makes something, and counts how often."""

    def __init__(self, made: bytes = b"made") -> None:
        self.made, self.calls = made, 0

    def __call__(self) -> bytes:
        self.calls += 1
        return self.made


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """An empty folder in the place of the one that holds the kernels."""
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    return tmp_path


def test_what_was_made_is_found(kept):
    make = Maker()
    assert [stored("a source", make) for _ in range(3)] == [b"made"] * 3
    assert make.calls == 1
    assert stored("another", Maker(b"other")) == b"other"
    assert len(list(kept.iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[:-1] + b"?"])
def test_what_is_damaged_is_made_anew(kept, damage):
    make = Maker()
    stored("a source", make)
    (path,) = kept.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert [stored("a source", make) for _ in range(2)] == [b"made"] * 2
    assert make.calls == 2


def test_what_belongs_to_another_source_is_made_anew(kept):
    stored("a source", Maker())
    (path,) = kept.iterdir()
    stored("another", Maker(b"other"))
    (other,) = set(kept.iterdir()) - {path}
    path.write_bytes(other.read_bytes())
    assert stored("a source", Maker()) == b"made"


def test_no_folder(monkeypatch):
    monkeypatch.setattr(store, "folder", lambda: None)
    make = Maker()
    assert [stored("a source", make) for _ in range(2)] == [b"made"] * 2
    assert make.calls == 2


@pytest.mark.parametrize("inside", ["missing", "file/inside"])
def test_a_folder_that_is_gone(kept, inside, monkeypatch):
    (kept / "file").write_text("where a folder should be")
    monkeypatch.setattr(store, "folder", lambda: kept / inside)
    assert stored("a source", Maker()) == b"made"


def test_what_was_longest_not_used_makes_room(kept, monkeypatch):
    monkeypatch.setattr(store, "MOST", 3)
    (kept / "kernels.nbi").write_text("numba's own")
    for i in range(3):
        stored(str(i), Maker())
        for path in kept.glob("*.native"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
    stored("0", Maker())  # used just now
    stored("3", Maker())
    makers = [Maker() for _ in range(4)]
    for i in (0, 2, 3, 1):
        stored(str(i), makers[i])
    assert [make.calls for make in makers] == [0, 1, 0, 0]
    assert (kept / "kernels.nbi").exists()


def test_steps_by_code_that_was_found_are_the_same(kept, monkeypatch):
    """To the last bit, and nothing is compiled."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 7)), rng.integers(0, 3, 40)

    def trained():
        adam = optimizers.Adam()
        stepper = make_stepper(mlp(7, [9], 3), cross_entropy, adam, x, y, engine="compiled")
        losses = stepper.run(np.arange(40).reshape(5, 8), 0.01)
        return np.concatenate([losses, stepper.parameters])

    first = trained()
    assert list(kept.glob("*.native"))
    monkeypatch.setattr(machine_code.llvm, "parse_assembly", only_nothing)
    np.testing.assert_array_equal(trained(), first)


parse = machine_code.llvm.parse_assembly


def only_nothing(text):
    assert not text
    return parse(text)


def test_it_lies_where_the_kernels_do():
    assert folder() == Path(train._cache.cache_path)
