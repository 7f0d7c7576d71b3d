"""No printed equation is false: numbers that are 0 but for rounding are read back, too."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chainrule.errors import ChainruleError
from chainrule.explain import explain, read
from explain.intervals import Interval, equations

ZERO = "(0.1*{0} + 0.2*{0} - 0.3*{0})"
LEAVES = [*"xyz", *map(ZERO.format, "xyz"), "1e20", "3000000", "1e8", "0.5", "7"]


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from("+-**/"), parts)
    return st.one_of(
        pairs.map(lambda pair: f"({' '.join(pair)})"),
        parts.map(lambda text: f"({text})^2"),
        parts.map(lambda text: f"relu({text})"),
    )


texts = st.recursive(st.sampled_from(LEAVES), joined, max_leaves=7)
points = st.fixed_dictionaries({name: st.sampled_from([1.0, 0.1, -2.7, 13.0]) for name in "xyz"})


def checked(text: str, values: dict[str, float], **options: float) -> int:
    """The number of equations printed, all of which hold; 0 if nothing can be explained."""
    given = {name: value for name, value in values.items() if name in text}
    try:
        printed = str(explain(read(text, given), **options))
    except ChainruleError:
        return 0
    count = 0
    for line, sides in equations(printed):
        for one, other in itertools.pairwise(sides):
            assert one.meets(other), f"{line}\n{one}\n{other}\nin\n{printed}"
            count += 1
    return count


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(texts, points, st.sampled_from([None, 0.5, 1e6]))
def test_random_expressions(text, values, learning_rate):
    assume(any(name in text for name in "xyz"))
    checked(f"f = {text}", values, **({"learning_rate": learning_rate} if learning_rate else {}))


@pytest.mark.parametrize(
    "text",
    [
        "a = 0.1*x + 0.2*x - 0.3*x; f = a*1e20 + 3000000",
        "a = 0.1*x + 0.2*x - 0.3*x; f = a*1e20*3 + 3000000*a",
        "a = 0.1*x + 0.2*x - 0.3*x; f = 1/a",
        "a = 0.1*x + 0.2*x - 0.3*x; f = relu(a)*1e18 + a",
        "a = 0.1*x + 0.2*x - 0.3*x; f = y*a; g = f*f*1e34 + x",
        "a = 0.1*x + 0.2*x - 0.3*x; f = a*y*1e9*1e9 - x",
    ],
)
def test_what_rounding_left_times_a_huge_factor(text):
    assert checked(text, {"x": 1.0, "y": 2.0}, learning_rate=0.1) > 5


def test_the_reader_of_equations_sees_what_is_false():
    def sides(line: str) -> list[Interval]:
        return next(iter(equations(line)))[1]

    for line, holds in {
        "f = f5 + 3000000 = 0 + 3000000 = 3005551.115123": False,
        "f = f5·3 = 0·3 = 0 (rounding: 1.67·10⁻¹⁶)": True,
        "f = 5.55112·10⁻¹⁷·1·10²⁰ = 5551.115123": True,
        "  f = 5.55112·10⁻¹⁷·1·10²⁰ = 5551.2": False,
        "  via f  x × ∂f/∂q = (-2) × 1.5 = -3": True,
        "  sum     0.3 + 0.6\n      + (-0.9) = 0.1": False,
        "f = a^2 = (-0.333333)^2 = 0.111111": True,
    }.items():
        one, other = sides(line)
        assert one.meets(other) == holds, line


def test_where_a_number_is_0_as_far_as_readers_see_it_is_written_as_0():
    lines = str(explain(read("a = 0.1*x + 0.2*x - 0.3*x; f = a*1000 + 3000000", {"x": 1.0})))
    assert "f = f5 + 3000000 = 0 + 3000000 = 3000000" in lines
    assert "f5 = a·1000 = 0·1000 = 0 (rounding: 5.55·10⁻¹⁴)" in lines
    lines = str(explain(read("a = 0.1*x + 0.2*x - 0.3*x; f = a*1e20 + 3000000", {"x": 1.0})))
    assert "a = f3 - f4 = 0.3 - 0.3 = 0 (rounding: 5.55·10⁻¹⁷)" in lines
    assert "f5 = a·1·10²⁰ = 5.55112·10⁻¹⁷·1·10²⁰ = 5551.115123" in lines
    assert "f = f5 + 3000000 = 5551.115123 + 3000000 = 3005551.115123" in lines
