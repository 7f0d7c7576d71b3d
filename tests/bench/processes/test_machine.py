"""The environment of workers, and the description of the machine."""

from __future__ import annotations

import json
import os

import pytest

from chainrule.bench.processes.machine import (
    CLEARED,
    THREADS,
    child_environment,
    describe,
    processors,
)


@pytest.mark.parametrize("threads", [1, 2])
def test_environment_of_a_worker(threads):
    base = dict.fromkeys([*CLEARED, *THREADS], "7") | {"PATH": "/bin"}
    found = child_environment(base, threads)
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


def test_the_machine_is_described():
    found = describe(2, 7)
    assert found["threads"] == 2
    assert found["versions"]["numpy"]
    assert json.dumps(found)
