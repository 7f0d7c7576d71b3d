"""The disk cache of machine code: reused, renewed where damaged, and never a reason to stop."""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from chainrule.engine.interpreter.training_loop import train
from chainrule.engine.jit import machine_code, machine_code_disk_cache
from chainrule.engine.jit.kernel_disk_cache import sealed_files
from chainrule.engine.jit.machine_code_disk_cache import cached_machine_code
from chainrule.engine.jit.sealed_files import SealedFiles
from chainrule.nn import mlp
from chainrule.ops.losses import cross_entropy
from chainrule.train import optimizers
from chainrule.train.steps.stepper import make_stepper


class Generator:
    """Returns some bytes, and counts how often it is called."""

    def __init__(self, code: bytes = b"code") -> None:
        self.code, self.calls = code, 0

    def __call__(self) -> bytes:
        self.calls += 1
        return self.code


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder that takes the place of the cache folder."""
    files = SealedFiles(tmp_path, "kernels")
    monkeypatch.setattr(machine_code_disk_cache, "sealed_files", lambda: files)
    return files.path


def test_code_is_generated_once(folder):
    generate = Generator()
    assert [cached_machine_code("a source", generate) for _ in range(3)] == [b"code"] * 3
    assert generate.calls == 1
    assert cached_machine_code("another", Generator(b"other")) == b"other"
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:-1], lambda c: c[:-1] + b"?"])
def test_a_damaged_file_is_replaced(folder, damage):
    generate = Generator()
    cached_machine_code("a source", generate)
    (path,) = folder.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert [cached_machine_code("a source", generate) for _ in range(2)] == [b"code"] * 2
    assert generate.calls == 2


def test_the_file_of_another_source_is_not_used(folder):
    cached_machine_code("a source", Generator())
    (path,) = folder.iterdir()
    cached_machine_code("another", Generator(b"other"))
    (other,) = set(folder.iterdir()) - {path}
    path.write_bytes(other.read_bytes())
    assert cached_machine_code("a source", Generator()) == b"code"


def test_without_a_folder_code_is_generated_every_time(monkeypatch):
    monkeypatch.setattr(machine_code_disk_cache, "sealed_files", lambda: None)
    generate = Generator()
    assert [cached_machine_code("a source", generate) for _ in range(2)] == [b"code"] * 2
    assert generate.calls == 2


def test_a_folder_that_was_removed(folder):
    folder.rmdir()
    assert cached_machine_code("a source", Generator()) == b"code"


def test_the_least_recently_used_file_is_deleted(folder, monkeypatch):
    monkeypatch.setattr(machine_code_disk_cache, "MAX_FILES", 3)
    (folder / "kernels.nbc").write_text("numba's own")
    for i in range(3):
        cached_machine_code(str(i), Generator())
        for path in folder.glob("*.native"):
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 10))
    cached_machine_code("0", Generator())  # is now the most recently used
    cached_machine_code("3", Generator())
    generators = [Generator() for _ in range(4)]
    for i in (0, 2, 3, 1):
        cached_machine_code(str(i), generators[i])
    assert [generate.calls for generate in generators] == [0, 1, 0, 0]
    assert (folder / "kernels.nbc").exists()


def test_cached_code_trains_to_the_same_bits(folder, monkeypatch):
    """The second time, nothing is compiled."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 7)), rng.integers(0, 3, 40)

    def train_model():
        adam = optimizers.Adam()
        stepper = make_stepper(mlp(7, [9], 3), cross_entropy, adam, x, y, engine="compiled")
        losses = stepper.run(np.arange(40).reshape(5, 8), 0.01)
        return np.concatenate([losses, stepper.parameters])

    first = train_model()
    assert list(folder.glob("*.native"))
    monkeypatch.setattr(machine_code, "_loaded", {})
    monkeypatch.setattr(machine_code, "_jit", new_jit)
    monkeypatch.setattr(machine_code.llvm, "parse_assembly", parse_only_empty_text)
    np.testing.assert_array_equal(train_model(), first)


parse = machine_code.llvm.parse_assembly
new_jit = cache(machine_code._jit.__wrapped__)


def parse_only_empty_text(text):
    assert not text
    return parse(text)


def test_the_cache_is_next_to_that_of_the_kernels():
    files = sealed_files()
    assert files is not None
    assert files.path == Path(train._cache.cache_path)
