"""Writes numbers: as decimals, or as a power of ten where decimals would say too little."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from chainrule.formula.numbers.counts import counted, raised
from chainrule.formula.numbers.number_style import NumberStyle
from chainrule.formula.numbers.rounding import rounded, settled, shortest, significant_exponent

__all__ = ["NumberWriter", "PlainWriter", "column_of"]

LARGE = 12
"""From 10¹² on, numbers are too long to be read as decimals."""

SMALL = -4
"""Where significant digits are asked for, decimals begin with at most three zeros after the point:
0.000123."""

EXACT_WHOLE = 10**6
"""In a drawing, whole numbers below this one are written with all their digits."""


class NumberWriter:
    """Writes numbers in one style; in a terminal by calling it, for other forms by `plain`.

    The rule.  A number is rounded first, and then written

    - in decimals, unless so few places would show less than half of as many significant digits:
      0.0236 to four places, but 4.386·10⁻⁴.  Then as a power of ten with that many digits;
    - with its zeros at the end if digits after them were cut off, and without if not: 0.229510 is
      0.22950998… to six places, and 0.5 is a half.  A number is taken for a short decimal where
      it is one but for the rounding of binary arithmetic, as 0.1 + 0.2 is 0.3;
    - small short decimals as they are: a learning rate of 0.0001 to two places is 0.0001;
    - in a column like all others there, so that their points align: with the same number of places,
      or all as powers of ten if some number would else show less than a quarter of the digits.
      A number that is exactly 0 is 0 there too, and none that was rounded looks like it.  Short
      numbers only have as many digits as the longest of them;
    - with significant digits asked for, in decimals from 0.0001 up to 10¹².

    Numbers in `zeros` are 0 but for rounding, and are written as 0; `result` adds what they are.
    It writes those in `computed` so, too, which are written in full where they are used.
    Those in `cut` were rounded before, to the power of ten given, and keep the zeros at their ends,
    as far as digits are asked for.

    >>> write = NumberWriter(NumberStyle(digits=4))
    >>> [write(v) for v in (3.0, -0.5, 0.1 + 0.2, 0.02356, 0.00043857, 15500, 1e20, 0.49996)]
    ['3', '-0.5', '0.3', '0.0236', '4.386·10⁻⁴', '15500', '1·10²⁰', '0.5000']
    >>> write.column([0.1, -0.02356, 0.0])
    [' 0.1000', '-0.0236', ' 0     ']
    >>> NumberWriter(NumberStyle(significant=3, decimal_comma=True))(0.00043857)
    '0,000439'
    """

    def __init__(
        self,
        style: NumberStyle,
        zeros: Collection[float] = frozenset(),
        cut: Mapping[float, int] | None = None,
        computed: Collection[float] | None = None,
    ) -> None:
        self.style, self.zeros, self.cut = style, frozenset(zeros), cut or {}
        self.computed = self.zeros if computed is None else frozenset(computed)

    @property
    def mark(self) -> str:
        """What stands before the decimals."""
        return "," if self.style.decimal_comma else "."

    @property
    def separator(self) -> str:
        """What stands between the numbers of a list."""
        return "; " if self.style.decimal_comma else ", "

    def also_zero(self, zeros: Collection[float]) -> NumberWriter:
        """A writer in the same style for which these numbers are 0 but for rounding, too."""
        return NumberWriter(
            self.style, self.zeros.union(zeros), self.cut, self.computed.union(zeros)
        )

    def listed(self, *values: float) -> str:
        """Numbers in a row, with what the style puts between them."""
        return self.separator.join(map(self, values))

    # one number

    def __call__(self, value: float) -> str:
        """A number as text."""
        return self.text(self.plain(value))

    def signed(self, value: float) -> str:
        """A number as a factor or a later term: in brackets if it is negative."""
        written = self(value)
        return f"({written})" if written.startswith("-") else written

    def result(self, value: float) -> str:
        """A number that was just computed: if it is 0 but for rounding, with what it is.

        >>> NumberWriter(NumberStyle(), {0.1 + 0.2 - 0.3}).result(0.1 + 0.2 - 0.3)
        '0 (rounding: 5.55·10⁻¹⁷)'
        """
        residue = self.residue(value)
        return f"0 (rounding: {self.text(residue)})" if residue else self(value)

    def residue(self, value: float) -> str:
        """What rounding left of a 0, in Python's notation; empty for any other number."""
        return (
            NumberWriter(NumberStyle(significant=3)).plain(value) if value in self.computed else ""
        )

    def text(self, plain: str) -> str:
        """A number in Python's notation as text."""
        return raised(plain).replace(".", self.mark)

    def plain(self, value: float) -> str:
        """A number in Python's notation: a decimal point, and `e` before an exponent.

        >>> NumberWriter(NumberStyle()).plain(7.519274e-06)
        '7.51927e-06'
        """
        if not math.isfinite(value):
            return str(float(value))
        if not value or value in self.zeros:
            return "0"
        near, short = self._rounded(value), shortest(value)
        if self._readable(value, near, self._least):
            if value in self.cut and near == short:
                last = max(self.cut[value], self.style.exponent(value))
                return f"{near.quantize(Decimal((0, (1,), last))):f}" if last < 0 else f"{near:f}"
            return _trimmed(near) if near == short else f"{near:f}"
        if short is not None and short.adjusted() >= SMALL:
            places, digits = -min(0, _exponent(short)), len(short.as_tuple().digits)
            if abs(short) < 1 and digits <= max(self.style.digits, 1) and places > 0:
                return f"{short:f}"
        return self._power(value)

    def brief(self, value: float, figures: int) -> str:
        """A number for small spaces, like `plain`, to at most `figures` significant digits.

        No zero stands before the point for a digit that was cut off: 15543.2 to four digits is
        15543, and larger numbers are powers of ten.

        >>> write = NumberWriter(NumberStyle())
        >>> [write.brief(v, 4) for v in (0.2983711087, -0.0004385677, 0.0000438, 15500.0, -12.0)]
        ['0.2984', '-0.0004386', '4.38e-05', '15500', '-12']
        """
        if math.isfinite(value) and value == round(value) and abs(value) < EXACT_WHOLE:
            return f"{round(value)}"
        asked = self.style.significant
        style = replace(self.style, significant=max(min(figures, asked or figures), 1))
        write = NumberWriter(style, self.zeros, self.cut)
        if math.isfinite(value) and value and not (asked and asked <= figures):
            near = write._rounded(value)
            if style.exponent(value) > 0 and near != shortest(value):
                whole = replace(style, digits=0, significant=None).decimal(value)
                return f"{whole:f}" if abs(whole) < EXACT_WHOLE else write._power(value)
        return write.plain(value)

    def bound(self, value: float) -> str:
        """What a positive number is at most: rounded up, to one significant digit.

        >>> write = NumberWriter(NumberStyle())
        >>> write.bound(0.00836), write.bound(0.004), write.bound(9.3e-06)
        ('0.009', '0.004', '1·10⁻⁵')
        """
        style = replace(self.style, significant=1)
        near = style.decimal(value)
        if near < Decimal(value) and near != shortest(value):
            near += Decimal((0, (1,), style.exponent(value)))
        return NumberWriter(style)(float(near))

    # several numbers

    def column(self, values: Iterable[float]) -> list[str]:
        """The numbers of a column as text of one width, aligned at their points."""
        values = list(values)
        wholes, rests = list[str](), list[str]()
        for value, written in zip(values, map(self.text, self.plain_column(values)), strict=True):
            whole, mark, rest = written.partition(self.mark if self.mark in written else "·")
            wholes.append(whole)
            rests.append(
                f" (rounding: {self.text(residue)})"
                if value in self.zeros and (residue := self.residue(value))
                else mark + rest
            )
        before, after = (max(map(len, side), default=0) for side in (wholes, rests))
        return [
            whole.rjust(before) + rest.ljust(after)
            for whole, rest in zip(wholes, rests, strict=True)
        ]

    def plain_column(self, values: Sequence[float]) -> list[str]:
        """The numbers of a column in Python's notation, all in one style."""
        numbers = [v for v in values if v and math.isfinite(v) and v not in self.zeros]
        style = self.style
        rounds = {value: self._rounded(value) for value in numbers}
        least = -(-style.digits // 4) or 1
        if not all(self._readable(value, near, least) for value, near in rounds.items()):
            powers = [self._power(value) for value in numbers]
            places = max(len(power.partition("e")[0].partition(".")[2]) for power in powers)
            written = {
                value: _padded(one, places) for value, one in zip(numbers, powers, strict=True)
            }
        elif all(near == shortest(value) for value, near in rounds.items()):
            places = max((-min(0, _exponent(near)) for near in rounds.values()), default=0)
            written = {value: f"{near:.{places}f}" for value, near in rounds.items()}
        else:
            written = {value: f"{near:f}" for value, near in rounds.items()}
        return [written[v] if v in written else self.plain(v) for v in values]

    def balanced(self, terms: Iterable[float], total: float) -> float:
        """`total` minus `terms`, all rounded as they are written: so a printed sum is exact.

        >>> write = NumberWriter(NumberStyle(digits=2))
        >>> write(write.balanced([0.334, 0.334], 1.004)), write(1.004 - 0.334 - 0.334)
        ('0.34', '0.34')
        >>> write(write.balanced([0.334, 0.334, 0.334], 1.336)), write(1.336 - 3 * 0.334)
        ('0.35', '0.33')
        """
        shown = [Decimal(self.plain(term)) for term in terms]
        finite = all(one.is_finite() for one in shown)
        return float(Decimal(self.plain(total)) - sum(shown)) if finite else math.nan

    def count(self, count: int) -> str:
        """A count of any size."""
        return counted(count, self.style.decimal_comma)

    def percent(self, share: float) -> str:
        """A fraction as a percentage, to three significant digits.

        >>> write = NumberWriter(NumberStyle())
        >>> [write.percent(share) for share in (0.12345, 0.15003, 0.15, -1.5, 2e-8)]
        ['12.3 %', '15.0 %', '15 %', '-150 %', '2·10⁻⁶ %']
        """
        style = replace(self.style, significant=min(3, self.style.significant or 3))
        return f"{NumberWriter(style)(100 * share)} %"

    @property
    def _least(self) -> int:
        """The least significant digits that decimals must show."""
        return -(-self.style.digits // 2) or 1

    def _rounded(self, value: float) -> Decimal:
        """A finite number to the digits asked for, as far as it is known."""
        return settled(value, self.style.decimal(value))

    def _readable(self, value: float, near: Decimal, least: int) -> bool:
        """Whether decimals, rounded to `near`, say enough and are not too long."""
        if near.adjusted() >= LARGE or not near:
            return False
        if self.style.significant is not None:
            return near.adjusted() >= SMALL
        return near == shortest(value) or near.adjusted() + self.style.digits + 1 >= least

    def _power(self, value: float) -> str:
        digits = self.style.significant or max(self.style.digits, 1)
        half_up = self.style.half_up
        near = rounded(value, significant_exponent(value, digits, half_up), half_up)
        near = settled(value, near)
        first = near.adjusted()
        mantissa = near.scaleb(-first)
        short = near == shortest(value)
        return f"{_trimmed(mantissa) if short else f'{mantissa:f}'}e{first:+03d}"


class PlainWriter:
    """Writes numbers in Python's notation, but with the mark of the style."""

    def __init__(self, numbers: NumberWriter) -> None:
        self.numbers, self.separator = numbers, numbers.separator

    def __call__(self, value: float) -> str:
        """A number such as 7.52e-04."""
        return self.numbers.plain(value).replace(".", self.numbers.mark)


def column_of(
    entries: Sequence[object],
    column: Callable[[list[float]], list[str]],
    other: Callable[[object], str],
) -> list[str]:
    """The entries of a column in which there may be words: its numbers are written together.

    >>> write = NumberWriter(NumberStyle(digits=3))
    >>> column_of(["none", 0.5, 0.12345, True], write.column, str)
    ['none', '0.500', '0.123', 'True']
    """
    numbers = [e for e in entries if isinstance(e, int | float) and not isinstance(e, bool)]
    written = iter(column(list(map(float, numbers))))
    return [
        next(written) if isinstance(e, int | float) and not isinstance(e, bool) else other(e)
        for e in entries
    ]


def _exponent(number: Decimal) -> int:
    """The exponent of the last digit that is not 0."""
    exponent = number.normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _padded(power: str, places: int) -> str:
    """A power of ten whose mantissa has so many places."""
    mantissa, _, exponent = power.partition("e")
    return f"{Decimal(mantissa):.{places}f}e{exponent}"


def _trimmed(number: Decimal) -> str:
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
