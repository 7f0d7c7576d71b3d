"""Numbers as they are written, read back and compared with exact decimals and with mpmath."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chainrule.errors import ChainruleError
from chainrule.formula.numbers import NumberStyle, NumberWriter, counted
from explain.written import WRITTEN, python_notation, read_back

ROUNDING = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP}

figures = st.floats(-1e3, 1e3).map(lambda value: round(value, 4))
any_float = st.floats(allow_nan=False, allow_infinity=False)
usual = st.one_of(
    st.floats(-1e4, 1e4),
    st.builds(lambda m, e: m * 10.0**e, st.floats(-1, 1), st.integers(-12, 12)),
    st.integers(-(10**6), 10**6).map(lambda n: n / 1000),
)


def quantized(value: Decimal, places: int, rounding: str) -> Decimal:
    with localcontext(prec=400):
        return value.quantize(Decimal(1).scaleb(-places), ROUNDING[rounding])


def seen(value: float) -> Decimal:
    """The decimal that the number stands for: the shortest one that reads back as it."""
    return Decimal(repr(value))


@given(usual, st.integers(0, 17))
@example(0.125, 2)
@example(2.675, 2)
@example(0.5, 0)
@example(1.5, 0)
def test_halfway_to_even_is_pythons(value, places):
    style = NumberStyle(places)
    assert style.decimal(value) == Decimal(f"{value:.{places}f}")
    assert style.decimal(value) == quantized(Decimal(value), places, "half-even")


@given(st.integers(-(10**9), 10**9), st.integers(0, 6), st.integers(0, 6))
def test_halfway_up_rounds_the_decimal_that_people_see(digits, shift, places):
    typed = Decimal(digits).scaleb(-shift)
    style = NumberStyle(places, rounding="half-up")
    assert style.decimal(float(typed)) == quantized(typed, places, "half-up")


@given(
    st.integers(-(10**4), 10**4), st.integers(-(10**4), 10**4), st.integers(2, 7), st.integers(0, 7)
)
@example(25, 5, 3, 2)
def test_halfway_up_of_a_product_is_that_of_exact_arithmetic(a, b, shift, places):
    """0.35 · 0.1 is 0.034999999999999996 in binary, and halfway by hand."""
    x, y = Decimal(a).scaleb(-shift // 2), Decimal(b).scaleb(-(shift - shift // 2))
    found = NumberStyle(places, rounding="half-up").decimal(float(x) * float(y))
    assert found == quantized(x * y, places, "half-up")


@given(any_float, st.integers(1, 17), st.sampled_from(list(ROUNDING)))
@example(2.1360698439695452e43, 14, "half-up")  # not halfway, though its first 15 digits are
def test_significant_digits_are_those_of_mpmath(value, digits, rounding):
    if not value:
        return
    found = NumberStyle(significant=digits, rounding=rounding).decimal(value)
    near = seen(value) if rounding == "half-up" else Decimal(value)
    with mpmath.workdps(800):
        exact = mpmath.mpf(str(near))
        first = int(mpmath.floor(mpmath.log10(abs(exact)) + mpmath.mpf(10) ** -700))
        unit = mpmath.mpf(10) ** (first - digits + 1)
        assert abs(mpmath.mpf(str(found)) - exact) <= unit / 2 * (1 + mpmath.mpf(10) ** -13)
    assert len(found.normalize().as_tuple().digits) <= digits


@given(usual, st.integers(0, 17), st.sampled_from(list(ROUNDING)))
def test_what_is_written_is_the_rounded_number_or_more_of_it(value, digits, rounding):
    style = NumberStyle(digits, rounding=rounding)
    written = NumberWriter(style)(value)
    assert re.fullmatch(WRITTEN, written)
    found = Decimal(python_notation(written))
    if "·" in written:  # as many significant digits as places were asked for
        most = max(digits, 1)
        assert found == NumberStyle(significant=most, rounding=rounding).decimal(value)
    elif found != style.decimal(value):  # a short small number as it is
        assert Fraction(found) == Fraction(seen(float(found)))
        assert float(found) == pytest.approx(value, rel=1e-14)


@given(usual, st.integers(0, 17))
def test_a_number_is_never_written_as_0_unless_it_is(value, digits):
    write = NumberWriter(NumberStyle(digits))
    assert (read_back(write(value)) == 0) == (value == 0)
    assert (read_back(write.column([value, 1 / 3])[0]) == 0) == (value == 0)


@given(usual, st.integers(0, 9))
def test_decimals_show_at_least_half_of_the_digits(value, digits):
    written = NumberWriter(NumberStyle(digits))(value)
    shown = re.sub(r"^-?0*", "", written.partition("·")[0].replace(".", ""))
    short = seen(float(f"{value:.14e}")).normalize()
    exact = Decimal(python_notation(written)) == short
    assert exact or len(shown) >= (digits + 1) // 2


@pytest.mark.parametrize(
    ("digits", "value", "written"),
    [
        (4, 0.023562, "0.0236"),  # as lecture notes print it, not 2.356e-02
        (4, 0.000751927, "7.519·10⁻⁴"),
        (1, 0.1, "0.1"),
        (1, 0.09999999, "0.1"),  # decided after rounding
        (6, 0.22950998, "0.229510"),  # a zero that was rounded to
        (6, 0.5, "0.5"),  # and none that was not
        (6, 0.1 + 0.2, "0.3"),
        (6, 1e-7, "1·10⁻⁷"),
        (2, 0.0001, "0.0001"),
        (2, 0.0731, "0.07"),
        (9, 0.000438567734, "0.000438568"),
        (0, 0.4, "0.4"),
        (6, 1e20, "1·10²⁰"),
        (6, -0.0, "0"),
        (6, math.inf, "inf"),
        (6, float(np.float32(0.1)), "0.1"),
        (6, 99999999999.99998, "100000000000"),  # 1e-18 · 1e-7 in the denominator, but for rounding
        (6, 1e11 / 3, "33333333333.333332"),
        (17, 0.1, "0.1"),
    ],
)
def test_as_people_write(digits, value, written):
    assert NumberWriter(NumberStyle(digits))(value) == written


@pytest.mark.parametrize(("rounding", "written"), [("half-even", "0.12"), ("half-up", "0.13")])
def test_a_quarter_of_a_half(rounding, written):
    assert NumberWriter(NumberStyle(2, rounding=rounding))(0.25 * 0.5) == written


@given(st.lists(usual, min_size=1, max_size=6), st.integers(0, 9))
def test_a_column_has_one_style_and_its_points_align(values, digits):
    column = NumberWriter(NumberStyle(digits)).column(values)
    assert len({len(text) for text in column}) == 1
    shown = [text for text, value in zip(column, values, strict=True) if value]
    if any("·" in text for text in shown):
        assert all("·10" in text for text in shown)
        assert len({len(text.partition("·")[0].strip().lstrip("-")) for text in shown}) <= 1
    else:
        assert len({text.find(".") for text in shown}) <= 1
        assert len({len(text.rstrip()) for text in shown}) <= 1
    for text, value in zip(column, values, strict=True):
        slack = 0.5 * 10.0**-digits if "·" not in text else abs(value) * 10.0 ** -max(digits - 1, 0)
        assert read_back(text.strip()) == pytest.approx(value, rel=1e-12, abs=slack * 1.001)


@pytest.mark.parametrize(
    ("digits", "values", "column"),
    [
        (6, [-0.001504, -0.000751927], ["-0.001504", "-0.000752"]),
        (4, [0.1, -0.02356, 0.12341], [" 0.1000", "-0.0236", " 0.1234"]),
        (6, [-0.0348, 0.5, -0.25], ["-0.0348", " 0.5000", "-0.2500"]),
        (6, [0.0, 0.98617612], ["0       ", "0.986176"]),
        (6, [1.0, 2.0], ["1", "2"]),
        (3, [0.5123, 1.2e-9], ["5.12·10⁻¹", "1.20·10⁻⁹"]),
        (6, [1e21, 1e9, 2.5e5], ["1.0·10²¹", "1.0·10⁹ ", "2.5·10⁵ "]),  # short ones stay short
        (6, [-1e-7, 2.5e-10, 0.0], ["-1.0·10⁻⁷ ", " 2.5·10⁻¹⁰", " 0        "]),
        (6, [99999999999.99998, 0.25], ["100000000000.00", "           0.25"]),
    ],
)
def test_columns_as_people_write_them(digits, values, column):
    assert NumberWriter(NumberStyle(digits)).column(values) == column


def test_a_decimal_comma_changes_what_separates_numbers():
    write = NumberWriter(NumberStyle(3, decimal_comma=True))
    assert write.listed(0.5, -0.0001234567) == "0,5; -1,23·10⁻⁴"
    assert write.column([0.25, 1.0]) == ["0,25", "1,00"]
    assert write.count(5120) == "5\N{NO-BREAK SPACE}120"
    assert write.percent(0.12345) == "12,3 %"


def test_a_zero_but_for_rounding_says_so_and_no_other_does():
    gap = 0.1 + 0.2 - 0.3
    write = NumberWriter(NumberStyle(), {gap})
    assert write(gap) == "0"
    assert write.result(gap) == "0 (rounding: 5.55·10⁻¹⁷)"
    assert write.result(1e-20) == "1·10⁻²⁰"
    assert write.column([gap, 0.123]) == ["0 (rounding: 5.55·10⁻¹⁷)", "0.123".ljust(24)]


@given(st.lists(figures, min_size=1, max_size=8), figures, st.integers(2, 9))
def test_a_sum_adds_up_as_it_is_written(terms, total, digits):
    write = NumberWriter(NumberStyle(digits))
    rest = write.balanced(terms, total)
    left = Decimal(write.plain(total)) - sum(Decimal(write.plain(term)) for term in (*terms, rest))
    assert abs(left) <= Decimal(10) ** -digits / 2
    assert rest == pytest.approx(total - sum(terms), abs=(len(terms) + 1) * 10.0**-digits)


@pytest.mark.parametrize(
    ("value", "figures", "written"),
    [
        (0.2983711087, 4, "0.2984"),
        (0.036350306, 4, "0.03635"),
        (0.00639957, 3, "0.00640"),
        (15543.0, 4, "15543"),
        (15543.2, 4, "15543"),  # and not 15540, which it is not
        (999999.7, 4, "1.000·10⁶"),
        (3005551.115, 5, "3.0056·10⁶"),
        (3000000.0, 5, "3000000"),
        (123456789.0, 5, "1.2346·10⁸"),
        (-1e300, 3, "-1·10³⁰⁰"),
    ],
)
def test_brief_numbers_have_no_zeros_in_place_of_digits(value, figures, written):
    write = NumberWriter(NumberStyle())
    assert write.text(write.brief(value, figures)) == written


@pytest.mark.parametrize(
    ("share", "options", "written"),
    [
        (0.12345, {}, "12.3 %"),
        (0.15003, {}, "15.0 %"),  # a zero that was rounded to
        (0.15, {}, "15 %"),
        (-1.5, {}, "-150 %"),
        (-0.0, {}, "0 %"),
        (0.125, {"significant": 2, "rounding": "half-up"}, "13 %"),
        (0.125, {"significant": 2}, "12 %"),
        (2e-8, {"decimal_comma": True}, "2·10⁻⁶ %"),
    ],
)
def test_percentages_are_numbers_like_others(share, options, written):
    assert NumberWriter(NumberStyle(**options)).percent(share) == written


@pytest.mark.parametrize(
    ("style", "value", "last", "written"),
    [
        (NumberStyle(6), -1.43, -3, "-1.430"),
        (NumberStyle(2), -1.43, -3, "-1.43"),  # no more than was asked for
        (NumberStyle(2), 0.3, -4, "0.30"),
        (NumberStyle(significant=3), -1.43, -3, "-1.43"),
        (NumberStyle(significant=3), -0.715, -4, "-0.715"),
    ],
)
def test_zeros_of_numbers_rounded_before_are_no_more_than_asked_for(style, value, last, written):
    assert NumberWriter(style, cut={value: last})(value) == written


def test_large_counts_are_readable():
    assert counted(10**6 - 1) == "999,999"
    assert counted(995 * 10**40) == "1.0·10⁴³"
    assert counted(10**6) == "1.0·10⁶"
    assert counted(3 * 10**400) == "3.0·10⁴⁰⁰"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"digits": -1}, "digits: expected a whole number between 0 and 17, got -1"),
        ({"digits": True}, "digits: expected a whole number between 0 and 17, got True"),
        ({"significant": 0}, "significant: expected a whole number between 1 and 17, got 0"),
        ({"rounding": "up"}, "half-up"),
    ],
)
def test_wrong_options_are_refused(options, says):
    with pytest.raises(ChainruleError, match=re.escape(says)):
        NumberStyle(**options)
