"""The order of turns."""

from __future__ import annotations

from chainrule.bench.pairing.turns import in_turn, share


def test_the_order_is_reversed_in_each_turn_and_times_are_not():
    calls: list[int] = []

    def time_of(which: int) -> float:
        calls.append(which)
        return float(which)

    assert in_turn(0, 2, 3, time_of) == [[0.0, 1.0, 2.0]] * 2
    assert in_turn(1, 2, 3, time_of) == [[0.0, 1.0, 2.0]] * 2
    assert calls == [0, 1, 2, 2, 1, 0, 2, 1, 0, 0, 1, 2]


def test_rounds_share_all_turns():
    assert [share(7, 3, number) for number in range(3)] == [3, 2, 2]
