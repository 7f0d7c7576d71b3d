"""The domain of pairs of texts, from which a network learns to make the second of the first."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from chainrule.domains.data_domain import DataDomain
from chainrule.domains.judged import Judged
from chainrule.domains.pairs.answers.alignment import alignment_figure
from chainrule.domains.pairs.answers.judging import answered, judge_pairs
from chainrule.domains.pairs.answers.predicting import predict_file
from chainrule.domains.pairs.network import PairLoss, PairNetwork
from chainrule.domains.pairs.options import PairOptions
from chainrule.domains.pairs.recording import record_pair
from chainrule.domains.pairs.texts.coder import ENCODER, PairCoder
from chainrule.domains.pairs.texts.loading import Pairs, dataset_of, divided, read_source
from chainrule.domains.trained import Predicted, Trained
from chainrule.nn import Layer
from chainrule.train.data.dataset import Part, check_unchanged
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.session import Session
from chainrule.train.runs.config_schemas import SHARE, data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Material
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.schema import Schema, text, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOMAIN", "PairDomain"]

STEPS = 1800
"""Steps that a training makes at least, where its epochs are chosen."""

LEAST_EPOCHS, MOST_EPOCHS = 10, 200

PATIENCE = 10
"""Epochs without a better one; no more than half of all."""


@final
class PairDomain(DataDomain[PairOptions, PairCoder]):
    """Pairs of texts: see `PairOptions` and `PairNetwork`."""

    name: ClassVar[str] = "pairs"
    options: ClassVar[type[PairOptions]] = PairOptions
    predict_options: ClassVar[Collection[str]] = ("beam",)
    schemas: ClassVar[Mapping[str, Schema]] = {
        "data": data_schema(
            {
                **dict.fromkeys(("source_column", "target", "tokens"), text),
                **dict.fromkeys(("longest", "rows"), whole(1)),
            }
        ),
        "training": training_schema(
            {
                **dict.fromkeys(("hidden", "depth"), whole(1)),
                **dict.fromkeys(("dropout", "label_smoothing"), SHARE),
            }
        ),
        "encoder": ENCODER,
    }

    def load(self, options: PairOptions, memory: int | None = None) -> Material:
        pairs = read_source(options)
        parts = divided(pairs, options)
        coder = PairCoder.of(parts[0], options.tokens, pairs.columns)  # type: ignore[arg-type]
        return self._material(options, pairs, parts, coder)

    def reload(
        self, options: PairOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        pairs = read_source(options)
        check_unchanged(options.source, pairs.fingerprint(), config["fingerprint"])
        coder = self.coder(config["encoder"], "config.toml")
        return self._material(options, pairs, divided(pairs, options), coder)

    def _material(
        self,
        options: PairOptions,
        pairs: Pairs,
        parts: Sequence[Sequence[tuple[str, str]]],
        coder: PairCoder,
    ) -> Material:
        dataset = dataset_of(pairs, parts, coder, options.dtype)
        sides = zip(("source", "answer"), (coder.source, coder.answer), strict=True)
        widths = (dataset.train.x["source"].shape[1], dataset.train.x["answer"].shape[1] - 2)
        described = " and ".join(
            f"up to {width} {side.kind} of {len(side.tokens)} in the {name}"
            for (name, side), width in zip(sides, widths, strict=True)
        )
        about = f"{len(pairs.texts):,} pairs {' → '.join(pairs.columns)}, with {described}"
        optimizer = options.parts[0]
        network = (
            f"a transformer of width {options.hidden}, {options.depth} deep, with {options.heads} "
            f"heads; {type(optimizer).__name__} at {optimizer.learning_rate:g}, "
            f"{options.schedule}, batches of {options.batch_size}"
        )
        return Material(dataset, coder, (about, *pairs.notes, network))

    def coder(self, entries: Mapping[str, Any], where: str) -> PairCoder:
        return PairCoder.from_dict(entries, where)

    def network(self, options: PairOptions, coder: PairCoder, dtype: Any = None) -> PairNetwork:
        return PairNetwork(
            *coder.sizes,
            options.hidden,
            heads=options.heads,
            depth=options.depth,
            dropout=options.dropout,
            label_smoothing=options.label_smoothing,
            seed=options.own_seed,
            dtype=np.dtype(dtype or options.dtype),
        )

    def choose(
        self, options: PairOptions, material: Material
    ) -> tuple[PairOptions, dict[str, Any]]:
        data, chosen = material.dataset, dict[str, Any]()
        if options.epochs is None:
            rows = len(data.train)
            size = options.batch_size if isinstance(options.batch_size, int) else rows
            steps = math.ceil(rows / size)
            chosen["epochs"] = min(max(LEAST_EPOCHS, math.ceil(STEPS / steps)), MOST_EPOCHS)
        epochs = options.epochs or chosen["epochs"]
        if options.patience is None and len(data.validation) and epochs > 2:
            chosen["patience"] = min(PATIENCE, epochs // 2)
        known = dataclasses.replace(options, **chosen)
        return (known if known.patience else dataclasses.replace(known, patience=None)), chosen

    def session(
        self,
        options: PairOptions,
        material: Material,
        network: Layer,
        hooks: Sequence[Hook] = (),
    ) -> Session:
        return Session(network, material.dataset, options, loss=PairLoss(), hooks=hooks)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Judged:
        network, coder, parts = self._trained(run)
        part, held_out = _held_out(parts)
        data = run.material.dataset
        encoded = {"test": data.test, "validation": data.validation, "training": data.train}[part]
        loss = run.session.stepper.loss(encoded.x, encoded.y)
        return judge_pairs(network, coder, part, held_out, parts[0], loss)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        network, coder, parts = self._trained(run)
        yield "loss", loss_curve(run.history, unit="mean cross-entropy per token")
        if run.history[-1].gradient_norms:
            yield "gradients", gradient_norms(run.history[-1].gradient_norms)
            yield "gradient-flow", gradient_flow(run.history)
        source, _ = _held_out(parts)[1][0]
        _, (answer,) = answered(network, coder, [source])
        yield "alignment", alignment_figure(network, coder, source, answer.tokens)

    def _trained(
        self, run: CurrentRun
    ) -> tuple[PairNetwork, PairCoder, list[list[tuple[str, str]]]]:
        """The network as it is now, and the texts of the three parts."""
        run.session.stepper.store()
        coder = run.material.coder
        assert isinstance(coder, PairCoder), "as this domain made it"
        network = self.network(run.options, coder)
        network.load({name: p.value for name, p in run.session.model.parameters().items()})
        return network, coder, divided(read_source(run.options), run.options)

    def predict(
        self, trained: Trained[PairOptions, PairCoder], file: Path | None, **given: Any
    ) -> Predicted:
        return predict_file(trained.network, trained.coder, file, **given)

    def record(
        self,
        trained: Trained[PairOptions, PairCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        network = self.network(trained.options, trained.coder, np.float64)
        network.load({name: p.value for name, p in trained.network.parameters().items()})
        data = material.dataset
        part: Part = data.test if len(data.test) else data.train
        place = f"held out of {data.name}" if len(data.test) else f"of the training of {data.name}"
        return record_pair(network, trained.coder, part, place, rows, wrt)


def _held_out(parts: Sequence[list[tuple[str, str]]]) -> tuple[str, list[tuple[str, str]]]:
    """The pairs to judge by, and which part they are."""
    train, validation, test = parts
    if test:
        return "test", test
    return ("validation", validation) if validation else ("training", train)


DOMAIN = PairDomain()
