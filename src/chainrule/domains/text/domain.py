"""The domain of texts, of which a network learns what follows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast, final

import numpy as np

from chainrule.domains.data_domain import DataDomain
from chainrule.domains.judged import Judged
from chainrule.domains.text.answers.judging import held_out, judge_text
from chainrule.domains.text.answers.predicting import predict_text
from chainrule.domains.text.answers.sample import Sample
from chainrule.domains.text.defaults import choices
from chainrule.domains.text.network import TextLoss, TextNetwork
from chainrule.domains.text.options import TextOptions
from chainrule.domains.text.recording import record_window
from chainrule.domains.text.texts.coder import ENCODER, TextCoder
from chainrule.domains.text.texts.loading import load_text, reload_text, tokens_of
from chainrule.domains.trained import Predicted, Trained
from chainrule.nn import Layer
from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.gradients_by_layer import gradient_norms
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.session import Session
from chainrule.train.runs.config_schemas import SHARE, data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Material
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.schema import Schema, text, truth, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOMAIN", "TextDomain"]


@final
class TextDomain(DataDomain[TextOptions, TextCoder]):
    """Texts: see `TextOptions` and `TextNetwork`."""

    name: ClassVar[str] = "text"
    options: ClassVar[type[TextOptions]] = TextOptions
    predict_options: ClassVar[Collection[str]] = ("memory",)
    schemas: ClassVar[Mapping[str, Schema]] = {
        "data": data_schema({"text": truth, "tokens": text, "window": whole(2)}),
        "training": training_schema(
            {"model": text, **dict.fromkeys(("hidden", "depth"), whole(1)), "dropout": SHARE}
        ),
        "encoder": ENCODER,
    }

    def load(self, options: TextOptions, memory: int | None = None) -> Material:
        return load_text(options, memory)

    def reload(
        self, options: TextOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        coder = self.coder(config["encoder"], "config.toml")
        return reload_text(options, coder, config["fingerprint"], memory)

    def coder(self, entries: Mapping[str, Any], where: str) -> TextCoder:
        return TextCoder.from_dict(entries, where)

    def network(self, options: TextOptions, coder: TextCoder, dtype: Any = None) -> TextNetwork:
        return TextNetwork(options, coder.vocabulary.size, dtype)

    def choose(
        self, options: TextOptions, material: Material
    ) -> tuple[TextOptions, dict[str, Any]]:
        chosen = dict(choices(options, material))
        return dataclasses.replace(options, **chosen), chosen

    def session(
        self, options: TextOptions, material: Material, network: Layer, hooks: Sequence[Hook] = ()
    ) -> Session:
        return Session(network, material.dataset, options, loss=TextLoss(), hooks=hooks)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Judged:
        run.session.stepper.store()
        coder = cast("TextCoder", run.material.coder)
        network = self.network(run.options, coder)
        network.load({name: p.value for name, p in run.session.model.parameters().items()})
        part, _ = held_out(run.material)
        held = getattr(run.material.dataset, part).x
        sample = Sample.of(network, coder.vocabulary, tokens_of(run.material, part), run.options)
        return judge_text(run.material, coder, predict(held), sample)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        yield "loss", loss_curve(run.history, unit="mean cross-entropy of a token, in nats")
        if run.history[-1].gradient_norms:
            yield "gradients", gradient_norms(run.history[-1].gradient_norms)
            yield "gradient-flow", gradient_flow(run.history)

    def predict(
        self, trained: Trained[TextOptions, TextCoder], file: Path | None, **given: Any
    ) -> Predicted:
        window = trained.options.window
        assert window is not None, "chosen when the run started"
        known = trained.coder.vocabulary
        return predict_text(trained.network, known, window, file, given.get("memory"))

    def record(
        self,
        trained: Trained[TextOptions, TextCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        network = self.network(trained.options, trained.coder, np.float64)
        network.load({name: p.value for name, p in trained.network.parameters().items()})
        part, _ = held_out(material)
        data = getattr(material.dataset, part)
        name = material.dataset.name
        place = f"of the training of {name}" if part == "train" else f"held out of {name}"
        return record_window(network, trained.coder.vocabulary, data, place, rows, wrt)


DOMAIN = TextDomain()
