"""Tables as what runs learn from: columns of a file or of a data set, and a perceptron for them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from chainrule.errors import RunError
from chainrule.nn import Sequential
from chainrule.train.data.class_weights import compute_class_weights
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.features.cycles import PERIODS
from chainrule.train.data.load_dataset import load, prepare, read_source, reload
from chainrule.train.data.reading.reading_options import AS_BEFORE, Reading
from chainrule.train.data.table import Table
from chainrule.train.evaluation import Evaluation, evaluate
from chainrule.train.figures.run_figures import run_figures
from chainrule.train.options import RunOptions
from chainrule.train.runs.config_schemas import SHARE, data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Domain, Material
from chainrule.train.runs.resumed_options import check_folds
from chainrule.train.storage.schema import (
    Schema,
    either,
    list_of,
    number,
    one_of,
    plain,
    table,
    text,
    truth,
    whole,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TABLES", "TableDomain", "reading_of"]

COLUMN = table(
    {"name": text, "kind": one_of("number", "boolean", "category", "date")},
    {
        "mean": number(),
        "scale": number(above=0.0),
        "categories": list_of(text, distinct=True),
        "fill": either("a finite number, or a text", number(), text),
        "cycles": list_of(one_of(*PERIODS), distinct=True),
        "buckets": whole(1),
        "embedding": whole(1),
        "indicator": truth,
    },
    others=plain,
)
TARGET: Schema = table(
    {"name": text, "task": one_of("classification", "regression")},
    {
        "classes": list_of(text, least=2, distinct=True),
        "mean": list_of(number(), least=1),
        "scale": list_of(number(above=0.0), least=1),
    },
    others=plain,
)
SCHEMAS: dict[str, Schema] = {
    "data": data_schema(
        {
            "target": text,
            "task": text,
            "impute": text,
            "drop": list_of(text),
            **dict.fromkeys(("categorical", "numeric", "date"), list_of(text)),
            **dict.fromkeys(("date_format", "missing"), list_of(text)),
            **dict.fromkeys(("decimal", "encoding", "delimiter", "text_columns"), text),
            **dict.fromkeys(("no_header", "skip_ragged", "require_target"), truth),
            **dict.fromkeys(("test", "group", "time"), text),
            "folds": whole(2),
            "time_input": truth,
        }
    ),
    "training": training_schema(
        {
            "layers": list_of(whole(1)),
            "activation": text,
            "batch_norm": truth,
            "dropout": SHARE,
            "init": text,
            "ensemble": whole(2),
            "member": whole(1),
        }
    ),
    "encoder": table({"columns": list_of(COLUMN, least=1), "target": TARGET}, others=plain),
}


@final
class TableDomain(Domain[RunOptions]):
    """Tables: columns of numbers and categories, one of which is predicted from the others."""

    name: ClassVar[str] = "table"
    options: ClassVar[type[RunOptions]] = RunOptions
    schemas: ClassVar[Mapping[str, Schema]] = SCHEMAS

    def load(self, options: RunOptions, memory: int | None = None) -> Material:
        dataset = load(options, dtype=np.dtype(options.dtype), memory=memory)
        found = dataset.inference
        read = None if found is None else found.reading
        return Material(dataset, dataset.encoder, reading=None if read is None else read.to_dict())

    def reload(
        self, options: RunOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        encoder = self.coder(config["encoder"], "config.toml")
        dataset = reload(
            options,
            encoder,
            config["fingerprint"],
            dtype=np.dtype(options.dtype),
            memory=memory,
            reading=reading_of(config),
        )
        if options.folds is not None:
            check_folds(options.folds, dataset.rows)
        return Material(dataset, encoder, reading=config.get("reading"))

    def coder(self, entries: Mapping[str, Any], where: str) -> Encoder:
        encoder = Encoder.from_dict(entries)
        target = encoder.target
        numbers = len(target.mean) if target.task == "regression" else len(target.classes)
        if not numbers or len(target.mean) != len(target.scale):
            raise RunError(
                where,
                expected=f"what a target of {target.task} is encoded with",
                got="less",
                remedy="undo the changes, or train again",
            )
        return encoder

    def network(self, options: RunOptions, coder: Encoder, dtype: Any = None) -> Sequential:
        return options.model(len(coder.features), coder.target.outputs, dtype, coder.tables)

    def choose(self, options: RunOptions, material: Material) -> tuple[RunOptions, dict[str, Any]]:
        data = material.dataset
        return options.choose(len(data.train), validated=len(data.validation) > 0)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Evaluation:
        data, weights = run.material.dataset, run.options.class_weights
        if weights is not None:
            classes = data.encoder.target.classes
            weights = compute_class_weights(weights, data.train.y, classes)
        return evaluate(data, predict, class_weights=weights, seed=run.options.seed)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        return run_figures(run.history, run.material.dataset, run.session.model, predict)

    def fold_table(
        self,
        options: RunOptions,
        memory: int | None = None,
        resumed: Mapping[str, Any] | None = None,
    ) -> Table | Callable[[], Table] | None:
        if options.folds is None:
            return None
        if resumed is not None:
            return functools.partial(read_source, options, memory, reading_of(resumed))
        found = read_source(options, memory)
        # what would fail after hours fails now
        prepare(found, options, dtype=np.dtype(options.dtype), fold=0)
        return found


def reading_of(config: Mapping[str, Any]) -> Reading:
    """How the files of a run are read: as its own was, whose entries have been checked."""
    entries = config.get("reading")
    return AS_BEFORE if entries is None else Reading.from_dict(entries)


TABLES = TableDomain()
