"""The environment of workers, and how many threads have a processor each."""

from __future__ import annotations

import os

import pytest

from chainrule.bench.processes.machine import (
    CLEARED,
    THREADS,
    available_processors,
    child_environment,
    measurable,
    processors,
    versions,
)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("wait", [None, "active"])
def test_environment_of_a_worker(threads, wait):
    base = dict.fromkeys([*CLEARED, *THREADS], "7") | {"PATH": "/bin"}
    found = child_environment(base, threads, wait)
    assert found.pop("OMP_WAIT_POLICY", None) == wait
    assert not set(CLEARED) & set(found)
    assert {found[name] for name in THREADS} == {str(threads)}
    assert found["PATH"] == "/bin"
    assert base["OMP_NUM_THREADS"] == "7"


def test_processors_to_bind_to():
    one, many = processors(1), processors(10_000)
    if one is None or many is None:
        pytest.skip("processes cannot be bound")
    assert len(one) == 1
    assert many == os.sched_getaffinity(0)
    assert available_processors() == len(many)


def test_threads_without_a_processor_are_not_timed():
    assert measurable([2, 1], 2) == ([2, 1], [])
    assert measurable([2, 1, 2], 64) == ([2, 1], [])
    counts, notes = measurable([4, 2, 1], 1)
    assert counts == [1]
    assert [note[:1] for note in notes] == ["4", "2"]
    assert all("only 1 processor is available" in note for note in notes)


def test_versions():
    assert versions()["numpy"]
