"""Which of the variables of a record are learnt: what an update changes.

Parameters are what is learnt.  The inputs x… and i… and the targets t… and y… of a network are
given, so an update leaves them as they are.  A record is taken for a network if some variable is
named like a weight or a bias; in a circuit of plain numbers x, y and z everything is updated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chainrule.errors import OptionError

__all__ = ["given_names", "refuse_update"]

GIVEN = re.compile(r"([xity]|X|Y|T)(_?\d+|_\w+)?|(input|in|target|label|truth)s?(_?\d+|_\w+)?")
"""Names of the inputs and targets of a network."""

WEIGHTS = re.compile(r"([wb]|W|B|weight|bias|theta|θ|beta|β)s?(_?\d+|_\w+)?", re.IGNORECASE)
"""Names that only a network's parameters have."""

COORDINATE = re.compile(r"z\d*")
"""A z that is given, not computed, is a coordinate beside x and y."""


def given_names(variables: Iterable[str]) -> set[str]:
    """The variables that are inputs or targets of a network, and not learnt.

    >>> sorted(given_names(["w1", "x1", "b", "t"])), given_names(["x", "y", "z"])
    (['t', 'x1'], set())
    """
    names = list(variables)
    stems = [name.rpartition(".")[2] for name in names]
    network = any(map(WEIGHTS.fullmatch, stems)) and not any(map(COORDINATE.fullmatch, stems))
    return {n for n, s in zip(names, stems, strict=True) if network and GIVEN.fullmatch(s)}


def refuse_update(names: Sequence[str]) -> None:
    """Raise OptionError for an update that would change none of these, if there are any."""
    if names:
        raise OptionError(
            "learning rate",
            expected="something that is learnt",
            got=f"only inputs and targets ({', '.join(names[:6])}{', …' * (len(names) > 6)})",
            remedy="name what is learnt, with --learn or parameters=",
        )
