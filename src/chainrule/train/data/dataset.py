"""Data sets ready for training: encoded arrays in three parts, with what decodes them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

from chainrule.errors import RunError
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import Task
from chainrule.train.data.preparation.inference import Inference
from chainrule.train.data.table import digest

__all__ = ["Dataset", "Part", "check_unchanged"]


@final
@dataclass(frozen=True, eq=False)
class Part:
    """Inputs `(n, D)` and targets: class indices int64 `(n,)`, or numbers `(n, outputs)`.

    Either may be a tree of arrays `(n, …)`.
    """

    x: Any
    y: Any

    def __len__(self) -> int:
        return len(_leaves(self.x)[0])


@final
@dataclass(frozen=True, eq=False)
class Dataset:
    """Training, validation and test rows, the encoder they were encoded with, and fingerprints.

    `source_fingerprint` is that of the table or the arrays before encoding, from `digest_source`,
    and `fingerprint` that of the encoded arrays.  Both are computed when they are first asked for.
    `inference` says what was inferred where the data were read from a source.
    """

    name: str
    train: Part
    validation: Part
    test: Part
    encoder: Encoder
    digest_source: Callable[[], str]
    inference: Inference | None = None

    @property
    def task(self) -> Task:
        """Classification or regression."""
        return self.encoder.target.task

    @property
    def inputs(self) -> int:
        """D, the width of an input row, or how many numbers its first array has."""
        return math.prod(_leaves(self.train.x)[0].shape[1:])

    @property
    def outputs(self) -> int:
        """The number of outputs a model needs: one for each class, or for each target number."""
        return self.encoder.target.outputs

    @property
    def rows(self) -> int:
        """The number of rows of all three parts together."""
        return len(self.train) + len(self.validation) + len(self.test)

    @cached_property
    def source_fingerprint(self) -> str:
        """SHA-256 of the data before encoding."""
        return self.digest_source()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the encoded arrays."""
        parts = (self.train, self.validation, self.test)
        return digest([leaf for part in parts for x in (part.x, part.y) for leaf in _leaves(x)])


def _leaves(x: Any) -> list[Any]:
    return flatten_inputs(x)[0] if is_tree(x) else [x]


def check_unchanged(files: str, found: str, expected: str) -> None:
    """Raise RunError, naming the files, where the data have another fingerprint than expected."""
    if found != expected:
        raise RunError(
            f"resume with {files}",
            expected=f"the data this run began with ({expected[:12]}…)",
            got=f"different data ({found[:12]}…)",
            remedy="restore the file, or start a new run",
        )
