"""What was inferred about data, to be said before training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, final

from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import Task
from chainrule.train.data.preparation.hints import hints
from chainrule.train.data.preparation.inference_lines import inference_lines
from chainrule.train.data.preparation.one_line import one_line
from chainrule.train.data.reading.facts import ColumnFacts, TableFacts
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.table import Table

__all__ = ["Embedded", "Inference", "infer"]


class Embedded(NamedTuple):
    """The levels of a category with a vector of their own, its width, and how many share one."""

    levels: int
    width: int
    others: int


@final
@dataclass(frozen=True, repr=False)
class Inference:
    """What was inferred: kinds of columns, missing values, and what is left out and why.

    columns    facts on the columns that are inputs, and on the target
    filled     what the missing values of a column become
    embedded   of categories that are embedded, how many levels, how wide, and how many others
    left_out   why a column is no input, by its name
    rare       the classes that are only in the training rows, and of how many
    hints      what may be meant otherwise, with the option that says so
    reading    how files like it are read in the same way; None where there was no file
    """

    name: str
    rows: int
    unanswered: int
    target: str
    task: Task
    classes: tuple[str, ...]
    inputs: int
    columns: tuple[ColumnFacts, ...]
    filled: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    rare: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    reading: Reading | None = None
    embedded: Mapping[str, Embedded] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, int]:
        """How many input columns there are of each kind, without the target."""
        return dict(Counter(c.kind for c in self.columns if c.name != self.target))

    def __repr__(self) -> str:
        """The lines that the command line prints before training."""
        return "\n  ".join(map(one_line, inference_lines(self)))

    def to_dict(self) -> dict[str, Any]:
        """Entries for JSON; programs rely on their names."""
        return {
            "kinds": self.kinds,
            "inputs": self.inputs,
            "rows_without_answer": self.unanswered,
            "columns": {c.name: c.to_dict() for c in self.columns if c.peculiar or c.missing},
            "filled": dict(self.filled),
            "embedded": {name: one._asdict() for name, one in self.embedded.items()},
            "left_out": dict(self.left_out),
            "only_in_training": dict(self.rare),
            "notes": list(self.notes),
            "hints": list(self.hints),
        }


def infer(
    table: Table,
    encoder: Encoder,
    *,
    unanswered: int,
    left_out: Mapping[str, str],
    rare: Mapping[str, int],
) -> Inference:
    """What was inferred about a table, of which `encoder` encodes some columns."""
    facts = table.facts or TableFacts()
    known = {column.name: column for column in facts.columns}
    target, used = encoder.target, [c.name for c in encoder.columns]
    plain = {
        name: known.get(name) or ColumnFacts(name, table.columns[name].kind)
        for name in [*used, target.name]
    }
    texts = {c.name for c in encoder.columns if c.buckets}
    columns = [
        ColumnFacts(name, "text" if name in texts else c.kind, c.peculiar, missing, c.marks)
        for name, c in plain.items()
        # those of rows without an answer do not count
        for missing in [int(table.columns[name].missing.sum())]
    ]
    filled = {}
    for coder in encoder.columns:
        if table.columns[coder.name].missing.any():
            value = "no category" if coder.kind == "category" else f"{coder.fill:.6g}"
            if coder.fill is not None and coder.kind == "category":
                value = str(coder.fill)
            filled[coder.name] = value + ", and an input says where" * coder.indicator
    reading = facts.reading
    if reading is not None:
        reading = replace(reading, ignored=(*reading.ignored, *left_out))
    return Inference(
        name=table.name,
        rows=table.rows,
        unanswered=unanswered,
        target=target.name,
        task=target.task,
        classes=target.classes,
        inputs=len(encoder.features),
        columns=tuple(columns),
        filled=filled,
        left_out=left_out,
        rare=rare,
        notes=facts.notes,
        hints=hints(table, encoder),
        reading=reading,
        embedded={
            coder.name: Embedded(
                len(coder.categories),
                coder.embedding,
                len(set(table.columns[coder.name].distinct()).difference(coder.categories)),
            )
            for coder in encoder.columns
            if coder.embedding
        },
    )
