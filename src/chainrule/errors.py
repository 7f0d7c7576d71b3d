"""What can go wrong, as a tree.

    ChainruleError
    ├── GraphError            a record that is not well formed
    ├── ShapeError            operands whose shapes do not fit         (also ValueError)
    ├── DomainError           an operation outside its domain          (also ArithmeticError)
    ├── NoValueError          a value was asked of an abstract tensor  (also TypeError)
    ├── DifferentiationError  a derivative that does not exist         (also TypeError)
    ├── ExpressionError       a text expression that cannot be read    (also ValueError)
    ├── UnknownNameError      a name that nothing has                  (also LookupError)
    ├── OptionError           a setting outside its range              (also ValueError)
    ├── DataError             a data set that cannot be used           (also ValueError)
    ├── RunError              a run folder that cannot be read or continued
    └── TrainingError         training that cannot go on

Every message is one line of three parts: what was expected, what came, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

__all__ = [
    "ChainruleError",
    "DataError",
    "DifferentiationError",
    "DomainError",
    "ExpressionError",
    "GraphError",
    "NoValueError",
    "OptionError",
    "RunError",
    "ShapeError",
    "TrainingError",
    "UnknownNameError",
]


class ChainruleError(Exception):
    """Base of every error this package raises on purpose.

    >>> print(ChainruleError("matmul", expected="equal lengths", got="2 and 3", remedy="pad one"))
    matmul: expected equal lengths, got 2 and 3; pad one
    """

    def __init__(self, where: str, *, expected: str, got: str, remedy: str = "") -> None:
        self.where, self.expected, self.got, self.remedy = where, expected, got, remedy
        line = f"{where}: expected {expected}, got {got}"
        super().__init__(f"{line}; {remedy}" if remedy else line)


class GraphError(ChainruleError):
    """A record that is not well formed."""


class ShapeError(ChainruleError, ValueError):
    """Operands whose shapes do not fit together."""


class DomainError(ChainruleError, ArithmeticError):
    """An operation applied outside its domain, such as the logarithm of a negative number."""


class NoValueError(ChainruleError, TypeError):
    """A value was asked of a tensor that has only a shape and a dtype."""


class DifferentiationError(ChainruleError, TypeError):
    """A derivative that does not exist, or that disagrees with finite differences."""


class ExpressionError(ChainruleError, ValueError):
    """A text expression that cannot be read, or that asks for more than arithmetic."""


class UnknownNameError(ChainruleError, LookupError):
    """A name that nothing has; the nearest ones are suggested.

    >>> raise UnknownNameError("optimizer", "adm", ["adam", "sgd"])
    Traceback (most recent call last):
        ...
    chainrule.errors.UnknownNameError: optimizer: expected one of adam, sgd, got 'adm'; \
did you mean adam?
    """

    def __init__(self, where: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        near = difflib.get_close_matches(name, known, n=3)
        listed = ", ".join(known[:24]) + (", …" if len(known) > 24 else "")
        super().__init__(
            where,
            expected=f"one of {listed}" if known else "a name, but there are none",
            got=repr(name),
            remedy=f"did you mean {' or '.join(near)}?" if near else "choose one of those",
        )


class OptionError(ChainruleError, ValueError):
    """A setting outside its range, or settings that contradict each other."""


class DataError(ChainruleError, ValueError):
    """A data set that cannot be used as it is."""


class RunError(ChainruleError):
    """A run folder that cannot be read, or cannot be continued with what was given."""


class TrainingError(ChainruleError):
    """Training that cannot go on, such as a loss that is no longer finite.

    losses  of the steps made before, by the call that raised it; None where they are not known, or
            what they left is not finite either
    """

    losses: Sequence[float] | None = None
