"""The worked examples print what they printed before, digit for digit."""

from __future__ import annotations

import pytest

from promises.machine import same_machine
from promises.printed import PRINTED, printed, same_but_for_rounding, shown

STORED = sorted(file.stem for file in PRINTED.glob("*.txt"))


def test_every_example_is_kept():
    assert sorted(shown()) == STORED, "python tests/promises/renew.py printed"


@pytest.mark.parametrize("name", STORED)
def test_printed_as_before(name):
    before, now = (PRINTED / f"{name}.txt").read_text("utf-8"), printed(name)
    if not same_machine(PRINTED) and same_but_for_rounding(before, now):
        return  # the last bits of exp and of matrix products are the machine's
    assert now == before, "if that was meant: python tests/promises/renew.py printed"
