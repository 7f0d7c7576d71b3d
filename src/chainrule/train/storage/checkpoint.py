"""Checkpoints: everything that a run needs to continue, in one safetensors file."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from chainrule.errors import RunError
from chainrule.graph import Array
from chainrule.train.storage.schema import (
    MismatchError,
    list_of,
    parse_json,
    plain,
    table,
    table_of,
    text,
    whole,
)

__all__ = ["Checkpoint"]

_GROUPS = ("parameters", "buffers", "slots", "best")
_PARTS = ("parameters", "buffers", "slots", "epoch", "step")

METADATA = table(
    {
        "format": whole(1),
        "epoch": whole(),
        "step": whole(),
        "extra": table_of(plain),
        "names": table({}, {group: list_of(text, distinct=True) for group in _GROUPS}),
        "crc32": whole(),
    }
)
REMEDY = "restore it from a copy, or train again"


@final
@dataclass(frozen=True, eq=False)
class Checkpoint:
    """The state of a training after `epoch` whole epochs and `step` updates.

    parameters   by name
    buffers      by name, such as the running averages of BatchNorm
    slots        the optimizer's state, as flat vectors by name
    extra        everything else that the training loop counts, as JSON: the position within an
                 epoch, sums so far, the state of a schedule
    best         with early stopping, the parameters and buffers of the best epoch by name

    All of it is in one file, because only the rename of a single file is atomic: with two files, a
    kill between them would leave the parameters of one step with the moments of another.
    """

    parameters: Mapping[str, Array]
    buffers: Mapping[str, Array] = field(default_factory=dict[str, Array])
    slots: Mapping[str, Array] = field(default_factory=dict[str, Array])
    epoch: int = 0
    step: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    best: Mapping[str, Array] = field(default_factory=dict[str, Array])

    @property
    def model(self) -> dict[str, Array]:
        """The parameters and buffers to predict with: those of the best epoch if there are any."""
        return {**self.parameters, **self.buffers, **self.best}

    @classmethod
    def of(cls, entries: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint of the states that `gather` returns.

        Entries called parameters, buffers, slots and best_parameters are arrays by name, epoch and
        step are numbers; all others are plain data.
        """
        entries = dict(entries)
        parts = {name: entries.pop(name) for name in _PARTS if name in entries}
        best = entries.pop("best_parameters", {})
        return cls(**parts, best=best, extra=entries)

    @property
    def entries(self) -> dict[str, Any]:
        """The inverse of `of`.

        >>> Checkpoint.of(Checkpoint({}, step=7, extra={"rows": 3}).entries).extra
        {'rows': 3}
        """
        parts = {name: getattr(self, name) for name in _PARTS}
        return {**self.extra, **parts, "best_parameters": self.best}

    def to_bytes(self) -> bytes:
        """The content of a safetensors file.

        Its tensors are `parameters/…`, `buffers/…`, `slots/…` and `best/…`; everything else is
        metadata, with a checksum and the order of the names.

        >>> again = Checkpoint.from_bytes(Checkpoint({"w": np.ones(2)}, step=7).to_bytes())
        >>> again.step, again.parameters["w"]
        (7, array([1., 1.]))
        """
        from safetensors.numpy import save

        tensors: dict[str, Array] = {}
        for group in _GROUPS:
            for name, array in getattr(self, group).items():
                # not ascontiguousarray, which would give a scalar an axis
                little = array.dtype.newbyteorder("<")
                tensors[f"{group}/{name}"] = np.asarray(array, little, order="C")
        facts = {
            "format": 1,
            "epoch": self.epoch,
            "step": self.step,
            "extra": dict(self.extra),
            "names": {group: list(getattr(self, group)) for group in _GROUPS},
        }
        # The checksum is of what will be read: JSON turns keys into text and tuples into lists.
        facts = json.loads(json.dumps(facts))
        facts["crc32"] = _checksum(tensors, facts)
        return save(tensors, metadata={"chainrule": json.dumps(facts)})

    @classmethod
    def from_bytes(cls, content: bytes, where: str = "checkpoint") -> Checkpoint:
        """The inverse of `to_bytes`; the arrays are new and writable.

        Raises `RunError` for content that is cut short, damaged, or not of this package.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            tensors = load(content)
            head = int.from_bytes(content[:8], "little")
            metadata = parse_json(content[8 : 8 + head]).get("__metadata__") or {}
        except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise _unreadable(where, f"a truncated or damaged file ({error})") from None
        if "chainrule" not in metadata:
            raise _unreadable(where, "a safetensors file that chainrule did not write")
        try:
            facts = parse_json(metadata["chainrule"])
        except (ValueError, TypeError) as error:
            raise _unreadable(where, f"metadata that cannot be read ({error})") from None
        if isinstance(facts, dict) and type(facts.get("format")) is int and facts["format"] > 1:
            raise _unreadable(where, f"format {facts['format']}, of a newer chainrule")
        try:
            METADATA(facts, "")
        except MismatchError as error:
            got = f"metadata that cannot be read ({error.place or 'all'}: {error.got})"
            raise _unreadable(where, got) from None
        names = {group: facts["names"].get(group, []) for group in _GROUPS}
        listed = {f"{group}/{name}" for group in _GROUPS for name in names[group]}
        if listed != set(tensors):
            raise _unreadable(where, "arrays that its metadata do not list, or too few")
        if facts.pop("crc32") != _checksum(tensors, facts):
            raise _unreadable(where, "a damaged file (its checksum differs)")
        groups = [{n: np.array(tensors[f"{group}/{n}"]) for n in names[group]} for group in _GROUPS]
        parameters, buffers, slots, best = groups
        return cls(parameters, buffers, slots, facts["epoch"], facts["step"], facts["extra"], best)

    def check_finite(self, where: str) -> None:
        """Raise `RunError` for parameters or buffers that are not finite numbers.

        No training saves them, and every prediction with them would be NaN.
        """
        for group in ("parameters", "buffers", "best"):
            for name, array in getattr(self, group).items():
                if array.dtype.kind not in "fiub" or not np.isfinite(array).all():
                    raise _unreadable(where, f"{name} with entries that are no finite numbers")


def _checksum(tensors: Mapping[str, Array], facts: Mapping[str, Any]) -> int:
    total = zlib.crc32(json.dumps(facts, sort_keys=True).encode())
    for name in sorted(tensors):
        array = tensors[name]
        total = zlib.crc32(f"{name} {array.dtype.str} {array.shape}".encode(), total)
        total = zlib.crc32(np.ascontiguousarray(array).data, total)
    return total


def _unreadable(where: str, got: str) -> RunError:
    return RunError(
        where,
        expected="a checkpoint in safetensors format",
        got=got,
        remedy=REMEDY,
    )
