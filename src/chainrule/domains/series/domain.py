"""The domain of series, of which a network forecasts the next values."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

import numpy as np

from chainrule.domains.data_domain import DataDomain
from chainrule.domains.judged import Judged
from chainrule.domains.series.baselines import LinearModel, baselines, find_season
from chainrule.domains.series.data.coder import ENCODER, SeriesCoder
from chainrule.domains.series.data.series_data import SeriesData, series_of
from chainrule.domains.series.data.windows import PARTS, Windows, divide
from chainrule.domains.series.figures import series_figures
from chainrule.domains.series.forecasting import Residuals, predict_table
from chainrule.domains.series.judging import judge_forecasts
from chainrule.domains.series.network import SeriesNetwork
from chainrule.domains.series.options import SeriesOptions
from chainrule.domains.series.recording import record_window
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.nn import Layer
from chainrule.train.data.dataset import Dataset, Part, check_unchanged
from chainrule.train.data.encoded_answers import unscaled
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.reading.memory_limit import default_limit
from chainrule.train.data.reading.read_file import inner_stem
from chainrule.train.data.reading.reading_options import Reading
from chainrule.train.data.reading.sources import read
from chainrule.train.data.table import Table
from chainrule.train.loop.session import Session
from chainrule.train.runs.config_schemas import data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Material
from chainrule.train.runs.tables.table_domain import reading_of
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.schema import Schema, list_of, text, truth, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOMAIN", "SeriesDomain"]

STEPS = 3000
"""Steps that a training makes at least, where its epochs are chosen."""

LEAST_EPOCHS, MOST_EPOCHS = 10, 200

PATIENCE = 15
"""Epochs without a better one; no more than half of all."""

SCHEMAS: dict[str, Schema] = {
    "data": data_schema(
        {
            **dict.fromkeys(("target", "time", "series", "gaps"), text),
            **dict.fromkeys(("window", "horizon"), whole(1)),
            "season": whole(1),
            **dict.fromkeys(("known", "inputs", "date_format", "missing"), list_of(text)),
            **dict.fromkeys(("decimal", "encoding", "delimiter"), text),
            **dict.fromkeys(("no_header", "skip_ragged"), truth),
        }
    ),
    "training": training_schema({"model": text, "hidden": whole(1)}),
    "encoder": ENCODER,
}


@final
class SeriesDomain(DataDomain[SeriesOptions, SeriesCoder]):
    """Series: see `SeriesOptions` and `SeriesNetwork`."""

    name: ClassVar[str] = "series"
    options: ClassVar[type[SeriesOptions]] = SeriesOptions
    predict_options: ClassVar[Collection[str]] = ("horizon", "memory")
    predicts_without_file: ClassVar[bool] = True
    schemas: ClassVar[Mapping[str, Schema]] = SCHEMAS

    def load(self, options: SeriesOptions, memory: int | None = None) -> Material:
        data, reading = _read(options, memory, Reading.of(options))
        return _material(data, options, None, reading, memory)

    def reload(
        self, options: SeriesOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        data, _ = _read(options, memory, reading_of(config))
        check_unchanged(options.source, data.fingerprint(), config["fingerprint"])
        coder = self.coder(config["encoder"], "config.toml")
        return _material(data, options, coder, config.get("reading"), memory)

    def coder(self, entries: Mapping[str, Any], where: str) -> SeriesCoder:
        return SeriesCoder.from_dict(entries, where)

    def network(
        self, options: SeriesOptions, coder: SeriesCoder, dtype: Any = None
    ) -> SeriesNetwork:
        return SeriesNetwork(
            options.model,
            options.window,
            len(coder.channels),
            options.horizon,
            len(coder.known),
            hidden=options.hidden,
            seed=options.own_seed,
            dtype=np.dtype(dtype or options.dtype),
        )

    def choose(
        self, options: SeriesOptions, material: Material
    ) -> tuple[SeriesOptions, dict[str, Any]]:
        rows = len(material.dataset.train)
        size = options.batch_size if isinstance(options.batch_size, int) else 32
        steps = math.ceil(rows / size)
        chosen = min(max(LEAST_EPOCHS, math.ceil(STEPS / steps)), MOST_EPOCHS)
        epochs = options.epochs or chosen
        validated = len(material.dataset.validation) > 0 and epochs > 2
        return options.choose(chosen, min(PATIENCE, epochs // 2) if validated else None)

    def session(
        self,
        options: SeriesOptions,
        material: Material,
        network: Layer,
        hooks: Sequence[Hook] = (),
    ) -> Session:
        linear = None if options.model == "linear" else LinearModel.fit(material.dataset)
        if linear is not None:  # so a network need only learn what a linear model does not know
            start = {"linear.weight": linear.weight, "linear.bias": linear.bias}
            parameters = {name: one.value for name, one in network.parameters().items()}
            network.load({**parameters, **{k: v.astype(network.dtype) for k, v in start.items()}})
        return Session(network, material.dataset, options, hooks=hooks)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Judged:
        windows, part, forecast, others = _forecasts(run, predict)
        return judge_forecasts(windows, _coder(run), part, forecast, others)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        windows, part, forecast, others = _forecasts(run, predict)
        time = run.material.kept[1]
        yield from series_figures(run.history, windows, _coder(run), part, forecast, others, time)

    def predict(
        self, trained: Trained[SeriesOptions, SeriesCoder], file: Path | None, **given: Any
    ) -> Predicted:
        source = trained.options.source if file is None else str(file)
        reading = reading_of(trained.folder.config)
        table = read(source, reading=reading, memory=given.get("memory"))
        return self.predict_table(trained, table, source, given.get("horizon"))

    def predict_table(
        self,
        trained: Trained[SeriesOptions, SeriesCoder],
        table: Table,
        where: str,
        horizon: int | None = None,
    ) -> Predicted:
        """Forecasts of what follows a table that has been read; errors call it `where`."""

        def residuals() -> Residuals:
            material = self.reload(trained.options, trained.folder.config)
            windows, data = material.kept[0], material.dataset
            part = windows.shown()
            held_out = _parts(data)[part]
            return Residuals.of(held_out.y - trained.network.predict(held_out.x), part)

        return predict_table(trained, table, where, horizon, residuals)

    def record(
        self,
        trained: Trained[SeriesOptions, SeriesCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        network = self.network(trained.options, trained.coder, np.float64)
        network.load({name: p.value for name, p in trained.network.parameters().items()})
        return record_window(network, trained.coder, material.kept[0], material.dataset, rows, wrt)


def _read(
    options: SeriesOptions, memory: int | None, reading: Reading
) -> tuple[SeriesData, Mapping[str, Any] | None]:
    """The series of the source, and how it was read, as entries of config.toml."""
    found = read(options.source, memory=memory, reading=reading)
    kept = None if found.facts is None else found.facts.reading
    return series_of(found, options.source, options), None if kept is None else kept.to_dict()


def _material(
    data: SeriesData,
    options: SeriesOptions,
    coder: SeriesCoder | None,
    reading: Mapping[str, Any] | None,
    memory: int | None,
) -> Material:
    """The windows in three parts; without a coder, one is fitted to the training part."""
    window, horizon = options.window, options.horizon
    cuts = divide(data, window, horizon, options.validation_fraction, options.test_fraction)
    if coder is None:
        train = [one.target[:stop] for one, (stop, _) in zip(data.series, cuts, strict=True)]
        season = options.season or find_season(train)
        coder = SeriesCoder.fit(data, [stop for stop, _ in cuts], horizon, season)
    windows = Windows(data.series, cuts, window, horizon)
    counts = {name: sum(map(len, windows.ends(name))) for name in PARTS}
    size = sum(counts.values()) * (window * len(coder.channels) + horizon)
    needed = size * np.dtype(options.dtype).itemsize
    limit = default_limit() if memory is None else memory
    if needed > limit:
        raise DataError(
            options.source,
            expected=f"windows that fit into {limit / 1e9:.1f} GB",
            got=f"{sum(counts.values()):,} that take {needed / 1e9:.1f} GB",
            remedy="choose a smaller --window, or fewer --inputs",
        )
    train, validation, test = (
        windows.part(coder, name, options.source, options.dtype) for name in PARTS
    )
    encoder = Encoder((), unscaled(horizon))
    name = inner_stem(Path(options.source))
    dataset = Dataset(name, train, validation, test, encoder, data.fingerprint)
    notes = (*_described(data, coder, counts, options), *data.notes)
    return Material(dataset, coder, notes, reading, (windows, data.time))


def _described(
    data: SeriesData, coder: SeriesCoder, counts: Mapping[str, int], options: SeriesOptions
) -> Iterator[str]:
    """What is learnt from what, and what was inferred, in words."""
    names = coder.names
    several = f" of {len(names)} series" if len(names) > 1 else ""
    inputs = [f" and {', '.join(coder.inputs)}"] if coder.inputs else []
    known = [f"; {', '.join(coder.known)} known in advance"] if coder.known else []
    ahead = "the next value" if options.horizon == 1 else f"the next {options.horizon} values"
    yield (
        f"{ahead[0].upper()}{ahead[1:]} of {data.target!r} from {options.window} before"
        f"{''.join(inputs)}{several}{''.join(known)}."
    )
    listed = ", ".join(f"{counts[name]:,} {name}" for name in PARTS if counts[name])
    yield f"Windows in the order of time: {listed}; none to learn from reaches into a later part."
    if options.season is None and coder.season > 1:
        yield f"A season of {coder.season} steps was found in the training part."


def _parts(dataset: Dataset) -> dict[str, Part]:
    return dict(zip(PARTS, (dataset.train, dataset.validation, dataset.test), strict=True))


def _coder(run: CurrentRun) -> SeriesCoder:
    coder = run.material.coder
    assert isinstance(coder, SeriesCoder), "as this domain made it"
    return coder


def _forecasts(
    run: CurrentRun, predict: Callable[[Any], Any]
) -> tuple[Windows, str, Array, dict[str, Array]]:
    """The windows, the part to judge by, and its forecasts by the network and simple models."""
    windows, coder = run.material.kept[0], _coder(run)
    part, dataset = windows.shown(), run.material.dataset
    parts = _parts(dataset)
    forecast = windows.decode(coder, part, np.asarray(predict(parts[part].x)))
    others = baselines(windows, part, coder)
    linear = LinearModel.fit(dataset)
    if linear is not None:
        others["linear"] = windows.decode(coder, part, linear(parts[part].x))
    return windows, part, forecast, others


DOMAIN = SeriesDomain()
