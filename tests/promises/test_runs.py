"""Run folders of an earlier state open, predict, and go on as they would have gone on then.

Bit for bit on the kind of machine that they were made on, and on every other that trains their
first three epochs to the same bits; elsewhere to five digits.  The validation loss is compared to
five digits everywhere: it was rounded more often when these folders were made.
"""

from __future__ import annotations

import tomllib

import pytest

from promises.calls import called
from promises.machine import same_machine
from promises.printed import same_but_for_rounding
from promises.runs import RUNS, STORED, State, copied, state, trained

CLOSE, CLOSE_NORMS = 1e-5, 1e-3
"""Gradients are small differences of larger numbers: rounding shows earlier in their norms."""


@pytest.fixture(scope="module")
def alike(tmp_path_factory):
    """For each run, whether its first epochs come to the same bits here."""
    folder = tmp_path_factory.mktemp("from-the-start")
    (folder / "things.csv").write_bytes((STORED / "things.csv").read_bytes())
    for name in RUNS:
        trained(folder, name)
    return {n: same(state(folder / f"{n}-3"), state(STORED / f"{n}-3")) for n in RUNS}


def same(one: State, other: State) -> bool:
    return (facts(one), history(one), bits(one)) == (facts(other), history(other), bits(other))


def facts(found: State) -> dict[str, object]:
    """Everything but the best validation loss; its epoch stays."""
    extra = dict(found.facts["extra"])
    extra["best"] = extra.get("best") and extra["best"][0]
    return {**found.facts, "extra": extra}


def history(found: State) -> list[dict[str, object]]:
    return [
        {key: value for key, value in record.items() if key != "validation_loss"}
        for record in found.history
    ]


def bits(found: State) -> dict[str, tuple[str, bytes]]:
    return {name: (array.dtype.str, array.tobytes()) for name, array in found.tensors.items()}


@pytest.mark.parametrize("name", RUNS)
def test_resumed_bit_for_bit(resumed, alike, name):
    if not same_machine(STORED) and not alike[name]:
        pytest.skip("this machine rounds otherwise: compared to five digits, not bit for bit")
    found, expected = state(resumed / f"{name}-3"), state(STORED / f"{name}-6")
    assert history(found) == history(expected)
    assert facts(found) == facts(expected)
    assert bits(found) == bits(expected)


@pytest.mark.parametrize("name", RUNS)
def test_trained_bit_for_bit(alike, name):
    if not same_machine(STORED):
        pytest.skip("made on another kind of machine")
    assert alike[name]


@pytest.mark.parametrize("name", RUNS)
def test_resumed_to_five_digits(resumed, name):
    found, expected = state(resumed / f"{name}-3"), state(STORED / f"{name}-6")
    assert list(found.tensors) == list(expected.tensors)
    for tensor, array in found.tensors.items():
        assert array.dtype == expected.tensors[tensor].dtype
        assert array == pytest.approx(expected.tensors[tensor], rel=CLOSE, abs=1e-5), tensor
    for record, before in zip(found.history, expected.history, strict=True):
        assert list(record) == list(before)
        for key, value in record.items():
            near = CLOSE_NORMS if key == "gradient_norms" else CLOSE
            assert value == pytest.approx(before[key], rel=near, abs=1e-5), key
    assert found.facts["names"] == expected.facts["names"]
    assert found.facts["extra"]["settings"] == expected.facts["extra"]["settings"]


@pytest.mark.parametrize("name", RUNS)
def test_the_configuration_is_kept(resumed, name):
    found, expected = (
        tomllib.loads((folder / "config.toml").read_text("utf-8"))
        for folder in (resumed / f"{name}-3", STORED / f"{name}-6")
    )
    assert found == expected


@pytest.mark.parametrize("name", RUNS)
def test_predicts_as_before(tmp_path, name):
    folder = copied(tmp_path)
    now = called(folder, "predict", f"{name}-6", "things.csv")
    before = (STORED / f"{name}.csv").read_text("utf-8")
    assert same_but_for_rounding(before, now)
    assert now == before or not same_machine(STORED)
