"""Texts with classes as what runs learn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, final

import numpy as np

from chainrule.domains.classes import class_figures, evaluate_classes
from chainrule.domains.data_domain import DataDomain
from chainrule.domains.labelled_text.bag_of_words import BagOfWords
from chainrule.domains.labelled_text.coder import ENCODER, LabelledTextCoder
from chainrule.domains.labelled_text.loading import encode_texts, read_texts
from chainrule.domains.labelled_text.network import TextClassifier
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.domains.labelled_text.predicted import predict_texts
from chainrule.domains.labelled_text.recorded import record_text
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import RunError
from chainrule.train.evaluation import Evaluation
from chainrule.train.runs.config_schemas import SHARE, data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Material
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.storage.schema import Schema, text, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOMAIN", "LabelledTextDomain"]

RATE, HIDDEN, DROPOUT = 0.002, 64, 0.3

EPOCHS, LEAST_STEPS, MOST_STEPS = 20, 600, 3000

PATIENCE = 8
"""Epochs without a better one, where texts validate."""


@final
class LabelledTextDomain(DataDomain[LabelledTextOptions, LabelledTextCoder]):
    """A table's column of texts, by which another column's class is predicted."""

    name: ClassVar[str] = "labelled_text"
    options: ClassVar[type[LabelledTextOptions]] = LabelledTextOptions
    predict_options: ClassVar[Collection[str]] = ("memory",)
    schemas: ClassVar[Mapping[str, Schema]] = {
        "data": data_schema(
            {"text_column": text, "target": text, "tokens": text, "window": whole(1)}
        ),
        "training": training_schema({"model": text, "hidden": whole(1), "dropout": SHARE}),
        "encoder": ENCODER,
    }

    def load(self, options: LabelledTextOptions, memory: int | None = None) -> Material:
        return encode_texts(read_texts(options, memory), options)

    def reload(
        self, options: LabelledTextOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        data = read_texts(options, memory)
        found, expected = data.fingerprint(), config["fingerprint"]
        if found != expected:
            raise RunError(
                f"resume with {options.source}",
                expected=f"the texts this run began with ({expected[:12]}…)",
                got=f"others ({found[:12]}…)",
                remedy="restore the file, or start a new run",
            )
        return encode_texts(data, options, self.coder(config["encoder"], "config.toml"))

    def coder(self, entries: Mapping[str, Any], where: str) -> LabelledTextCoder:
        return LabelledTextCoder.from_dict(entries, where)

    def network(
        self, options: LabelledTextOptions, coder: LabelledTextCoder, dtype: Any = None
    ) -> TextClassifier:
        dtype = np.dtype(dtype or options.dtype)
        return TextClassifier(options, coder.numbers, coder.length, len(coder.classes), dtype)

    def choose(
        self, options: LabelledTextOptions, material: Material
    ) -> tuple[LabelledTextOptions, dict[str, Any]]:
        rows, coder = len(material.dataset.train), cast("LabelledTextCoder", material.coder)
        size = options.batch_size if isinstance(options.batch_size, int) else min(32, rows)
        steps = math.ceil(rows / size)
        wanted = max(EPOCHS, math.ceil(LEAST_STEPS / steps))
        rules = {
            "window": coder.length,
            "hidden": HIDDEN,
            "dropout": DROPOUT,
            "epochs": max(3, min(wanted, MOST_STEPS // steps)),
            "optimizer": "adamw",
            "learning_rate": RATE,
            "patience": PATIENCE if len(material.dataset.validation) else None,
        }
        return options.chosen(rules)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Evaluation:
        dataset, coder = run.material.dataset, cast("LabelledTextCoder", run.material.coder)
        bag = BagOfWords.of(dataset.train.x, coder.numbers)
        return evaluate_classes(dataset, run.options, predict, bag)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        return class_figures(run, predict, "text")

    def predict(
        self,
        trained: Trained[LabelledTextOptions, LabelledTextCoder],
        file: Path | None,
        **given: Any,
    ) -> Predicted:
        return predict_texts(trained, file, given.get("memory"))

    def record(
        self,
        trained: Trained[LabelledTextOptions, LabelledTextCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        return record_text(trained.network, trained.coder, material, rows, wrt)


DOMAIN = LabelledTextDomain()
