"""Numbers on their own: in labels and sentences, and in tables that programs read."""

from __future__ import annotations

from chainrule.formula.numbers.number_style import NumberStyle
from chainrule.formula.numbers.number_writer import NumberWriter

__all__ = ["for_programs", "significant"]


def significant(value: float, digits: int) -> str:
    """A number to `digits` significant digits, for a label or a sentence of its own.

    >>> significant(0.0063996, 3), significant(2.5, 4), significant(-1.5e-07, 3)
    ('0.00640', '2.5', '-1.5·10⁻⁷')
    >>> significant(12345.6, 3)
    '12346'
    """
    write = NumberWriter(NumberStyle())
    return write.text(write.brief(value, digits))


def for_programs(value: float, digits: int) -> str:
    """A number in tables that programs read, such as CSV: what Python reads, and no zeros at ends.

    >>> for_programs(0.5, 6), for_programs(0.00001234567, 6)
    ('0.5', '1.23457e-05')
    """
    return f"{value:.{digits}g}"
