"""What somebody wants to know about a record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.ops import Tensor

__all__ = ["Question"]


class Question(NamedTuple):
    """What a derivation is to show; `chainrule.explain` says what each part means.

    `parameters` are what its `parameters`, and `resolution` what its `steps` is; `wrt` is a
    sequence, or None for all variables.
    """

    wrt: Sequence[str | Tensor] | None
    learning_rate: float | None
    parameters: Sequence[str] | None
    resolution: str | None
    title: str
    paths: int | None
    inputs: Sequence[str]
    repeat: int
    trim: bool
    full: bool
