"""How rows to be predicted are read: every column as the kind that it was encoded as."""

from __future__ import annotations

import dataclasses

from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.reading.reading_options import Reading

__all__ = ["with_known_kinds"]


def with_known_kinds(reading: Reading, encoder: Encoder) -> Reading:
    """The reading in which every column has the kind that it is encoded as."""
    if reading.plain:
        return reading
    names: dict[str, list[str]] = {"category": [], "number": [], "date": [], "boolean": []}
    for column in encoder.columns:
        names[column.kind].append(column.name)
    return dataclasses.replace(
        reading,
        categorical=tuple(names["category"]),
        numeric=tuple(names["number"]),
        date=tuple(names["date"]),
    )
