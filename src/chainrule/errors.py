"""The exceptions that the package raises, as a tree.

    ChainruleError
    ├── GraphError            a graph that is not well formed
    ├── ShapeError            operands with incompatible shapes        (also ValueError)
    │   └── BoundsError       an entry or an axis that does not exist  (also IndexError)
    ├── DomainError           an operation outside its domain          (also ArithmeticError)
    │   └── MatrixError       a matrix for which there is no result    (also numpy's LinAlgError)
    ├── NoValueError          the value of an abstract tensor          (also TypeError)
    ├── DifferentiationError  a derivative that does not exist         (also TypeError)
    ├── ExpressionError       a text expression that cannot be parsed  (also ValueError)
    ├── UnknownNameError      a name that does not exist               (also LookupError)
    ├── OptionError           a setting that is not allowed            (also ValueError)
    ├── DataError             a data set that cannot be used           (also ValueError)
    ├── RunError              a run folder that cannot be read or continued
    └── TrainingError         training that cannot continue

Each class is also the built-in exception in brackets, so that either can be caught.  Every message
is one line with three parts: what was expected, what the package got, and what to do.
"""

from __future__ import annotations

import copyreg
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from numpy.linalg import LinAlgError

__all__ = [
    "BoundsError",
    "ChainruleError",
    "DataError",
    "DifferentiationError",
    "DomainError",
    "ExpressionError",
    "GraphError",
    "LostGradientWarning",
    "MatrixError",
    "NoValueError",
    "OptionError",
    "RunError",
    "ShapeError",
    "TrainingError",
    "UnknownNameError",
]

PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


class ChainruleError(Exception):
    """The base class of every error that this package raises on purpose.

    >>> print(ChainruleError("matmul", expected="equal lengths", got="2 and 3", remedy="pad one"))
    matmul: expected equal lengths, got 2 and 3; pad one
    """

    def __init__(self, where: str, *, expected: str, got: str, remedy: str = "") -> None:
        self.where, self.expected, self.got, self.remedy = where, expected, got, remedy
        line = f"{where}: expected {expected}, got {got}"
        super().__init__(f"{line}; {remedy}" if remedy else line)

    def __reduce__(self) -> tuple[Any, ...]:
        # not by calling the class, which takes its parts by keyword: a process pool that cannot
        # restore the error of a worker waits for it for ever
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]


class GraphError(ChainruleError):
    """A graph that is not well formed."""


class ShapeError(ChainruleError, ValueError):
    """Operands with incompatible shapes."""


class BoundsError(ShapeError, IndexError):
    """An entry or an axis that an array does not have, such as `x[3]` of three entries."""


class DomainError(ChainruleError, ArithmeticError):
    """An operation applied outside its domain, such as the logarithm of a negative number."""


class MatrixError(DomainError, LinAlgError):
    """A matrix for which an operation has no result, such as a singular one for `solve`."""


class NoValueError(ChainruleError, TypeError):
    """The value of an abstract tensor, which has only a shape and a dtype."""


class DifferentiationError(ChainruleError, TypeError):
    """A derivative that does not exist, or that disagrees with finite differences."""


class LostGradientWarning(UserWarning):
    """A gradient that may miss something: a value was taken out of the record before."""


class ExpressionError(ChainruleError, ValueError):
    """A text expression that cannot be parsed, or that is more than arithmetic."""


class UnknownNameError(ChainruleError, LookupError):
    """A name that does not exist; the most similar names are suggested.

    >>> raise UnknownNameError("optimizer", "adm", ["adam", "sgd"])
    Traceback (most recent call last):
        ...
    chainrule.errors.UnknownNameError: optimizer: expected one of adam, sgd, got 'adm'; \
did you mean adam?
    """

    def __init__(self, where: str, name: str, known: Iterable[str]) -> None:
        known = list(known)
        import difflib  # slow to import, and most processes raise nothing

        similar = difflib.get_close_matches(name, known, n=3)
        listed = ", ".join(known[:24]) + (", …" if len(known) > 24 else "")
        super().__init__(
            where,
            expected=f"one of {listed}" if known else "a name, but there are none",
            got=repr(name),
            remedy=f"did you mean {' or '.join(similar)}?" if similar else "choose one of those",
        )


class OptionError(ChainruleError, ValueError):
    """A setting that is not allowed, or settings that contradict each other."""


class DataError(ChainruleError, ValueError):
    """A data set that cannot be used as it is.

    fix  words that, added to the command line, let it be used; empty where there are none
    """

    fix: Sequence[str] = ()


class RunError(ChainruleError):
    """A run folder that cannot be read, or cannot be continued with these settings or data."""


class TrainingError(ChainruleError):
    """Training that cannot continue, for example because a loss is no longer finite.

    losses  of the steps that the failing call ran before the error; None if they are not known, or
            if the parameters after those steps are not finite either
    """

    losses: Sequence[float] | None = None


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the line of the user's that called the package, beyond all of its own frames."""
    level, frame = 2, sys._getframe(1)
    while frame.f_code.co_filename.startswith(PACKAGE) and frame.f_back is not None:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
