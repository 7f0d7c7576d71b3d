"""A domain of a few lines for tests: the next number of a list, by a recurrent network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest
from matplotlib.figure import Figure

from chainrule.domains import registry
from chainrule.domains.data_domain import DataDomain
from chainrule.domains.domain_options import DomainOptions
from chainrule.domains.judged import Judged
from chainrule.domains.trained import Predicted, Trained
from chainrule.nn import RNN, Linear, Sequential
from chainrule.ops.tensor import constant
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoded_answers import unscaled
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.runs.config_schemas import data_schema, training_schema
from chainrule.train.runs.domain import Material
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.storage.schema import table, whole

WINDOW = 4


@dataclass(frozen=True, kw_only=True)
class TinyOptions(DomainOptions):
    words: ClassVar[str] = "a list of numbers"

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        return source.endswith(".numbers")


@dataclass(frozen=True)
class TinyCoder:
    window: int

    def to_dict(self) -> dict[str, Any]:
        return {"window": self.window}


class TinyDomain(DataDomain[TinyOptions, TinyCoder]):
    name = "tiny"
    options = TinyOptions
    schemas: ClassVar[Mapping[str, Any]] = {
        "data": data_schema({}),
        "training": training_schema({}),
        "encoder": table({"window": whole(1)}),
    }
    predict_options: ClassVar[Collection[str]] = ("horizon",)

    def load(self, options: TinyOptions, memory: int | None = None) -> Material:
        series = numbers(Path(options.source))
        x = np.lib.stride_tricks.sliding_window_view(series, WINDOW)[:-1, :, None]
        y, n = series[WINDOW:, None], len(x)
        bounds = (0, n // 2, 3 * n // 4, n)
        train, validation, test = (
            Part(x[start:end], y[start:end]) for start, end in pairwise(bounds)
        )
        encoder = Encoder((), unscaled(1))
        dataset = Dataset("tiny", train, validation, test, encoder, lambda: "digest")
        return Material(dataset, TinyCoder(WINDOW))

    def reload(
        self, options: TinyOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        return self.load(options)

    def coder(self, entries: Mapping[str, Any], where: str) -> TinyCoder:
        return TinyCoder(entries["window"])

    def network(self, options: TinyOptions, coder: Any, dtype: Any = None) -> Sequential:
        dtype = dtype or np.dtype(options.dtype)
        rnn = RNN(1, 3, returns="last", seed=options.seed, dtype=dtype)
        return Sequential(rnn, Linear(3, 1, seed=options.seed, dtype=dtype))

    def judge(self, run: TrainingRun[Any], predict: Callable[[Any], Any]) -> Judged:
        return Judged(())

    def figures(
        self, run: TrainingRun[Any], predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        return iter(())

    def predict(
        self, trained: Trained[TinyOptions, TinyCoder], file: Path | None, **given: Any
    ) -> Predicted:
        assert file is not None, "it needs one"
        series = [*numbers(file)]
        for _ in range(given.get("horizon", 1)):
            window = np.array(series[-WINDOW:], np.float32)[None, :, None]
            series.append(trained.network(constant(window)).value.item())
        ahead = series[len(numbers(file)) :]
        steps = {"step": np.arange(1, len(ahead) + 1), "value": ahead}
        return Predicted(steps, (f"{len(ahead)} steps ahead",), {"forecast": Figure()})

    def record(
        self,
        trained: Trained[TinyOptions, TinyCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        part, row = material.dataset.test, [*rows, 0][0]
        found = trained.network(constant(part.x[row][None].astype(np.float64)))
        loss = ((found - part.y[row]) ** 2).sum().named("loss")
        wanted = tuple(wrt) or ("layers.0.weight_hh_l0[0, 0]",)
        return RecordedLoss(loss, wanted, f"The gradient for row {row}", f"row {row}")


def numbers(file: Path) -> Any:
    return np.array(file.read_text().split(), np.float32)


DOMAIN = TinyDomain()


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `tiny` one of the domains that runs can have."""
    module = ModuleType("chainrule.domains.tiny.domain")
    module.__dict__["DOMAIN"] = DOMAIN
    monkeypatch.setitem(sys.modules, "chainrule.domains.tiny.domain", module)
    monkeypatch.setitem(registry.OPTIONS, "tiny", TinyOptions)


def trained(folder: Path) -> Path:
    """A run of two epochs in this folder, on a wave."""
    wave = np.sin(np.arange(60) / 3)
    (folder / "wave.numbers").write_text(" ".join(map(str, wave)))
    options = TinyOptions(source=str(folder / "wave.numbers"), epochs=2, seed=1, engine="reference")
    with TrainingRun.start(options, folder / "run", domain=DOMAIN) as run:
        run.train()
    return folder / "run"
