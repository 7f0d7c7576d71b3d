"""The public `read`, and `read_value`: the parser is imported when one of them is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.ops import Tensor

__all__ = ["read", "read_value"]


def read(text: str, values: Mapping[str, Any], intermediates: bool = True) -> Tensor:
    """Record the statements of `text` with these values for its names; the last is the output.

    Names in `values` become variables.  Results without a name are called f1, f2, … (v1, v2, … if
    the text has an f1 of its own).  Without `intermediates` they stay unnamed, and are shown as
    parts of the named results by `explain(…, steps="names")`.  `^` is a power, `e` Euler's number,
    `pi` the circle's, `x[0]` an entry of x, `x > 0` a condition for `where` or for `a if x > 0 else
    b`.  What our own output prints can be read again: `x·y`, `−x`, `w₁`, `x²`, `xᵀ`, `σ(x)`, `|x|`.

    Raises ExpressionError for anything but arithmetic, a name without a value, a value that the
    text does not use, or a statement that the output does not use; UnknownNameError for an unknown
    function.

    >>> f = read("q = x + y; f = q * z", {"x": -2, "y": 5, "z": -4})
    >>> f, f.gradients()["z"]
    (Tensor(-12.0), Tensor(3.0))
    """
    from chainrule.explain.expression.parser import Recorder

    return Recorder(text, values).output(intermediates=intermediates)


def read_value(text: str) -> Any:
    """The value of a text as a number, or as nested lists of numbers.

    Raises ExpressionError for anything but arithmetic with numbers.

    >>> read_value("1/2"), read_value("[[1, 2], [pi, 2^0.5]]")
    (0.5, [[1.0, 2.0], [3.141592653589793, 1.4142135623730951]])
    """
    from chainrule.explain.expression.parser import Recorder

    return Recorder(text, {}).only_value()
