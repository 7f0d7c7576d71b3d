"""How windows of series become the inputs and the answers of a network, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, final

import numpy as np

from chainrule.domains.series.data.series_data import Series, SeriesData
from chainrule.domains.series.data.stationarity import returns_to_level
from chainrule.errors import DataError, RunError
from chainrule.graph import Array
from chainrule.train.storage.schema import Schema, list_of, number, plain, table, text, truth, whole

__all__ = ["ENCODER", "FARTHEST", "SeriesCoder"]

_NUMBERS = list_of(number(), most=100_000)
_SCALES = list_of(number(above=0.0), most=100_000)

ENCODER: Schema = table(
    {
        "target": text,
        "inputs": list_of(text, most=1000),
        "known": list_of(text, most=1000),
        "names": list_of(text, least=1, most=100_000, distinct=True),
        "level": _NUMBERS,
        "spread": _SCALES,
        "change": _SCALES,
        "mean": list_of(number(), most=2000),
        "scale": list_of(number(above=0.0), most=2000),
        "levelled": truth,
        "season": whole(1),
    },
    others=plain,
)
"""What config.toml may hold as `encoder`."""

FARTHEST = 2.0
"""How many standard deviations from the mean of the training the level of a window may seem."""


@final
@dataclass(frozen=True)
class SeriesCoder:
    """What series were scaled with, from their training parts alone.

    The network sees each value of a window as its difference from the last one, and forecasts such
    differences: so a trend beyond the values of the training, or a random walk, is nothing new.
    Of series that return to a level, one column more says how high the last value is; of others it
    would be one that the training has not seen.

    level, spread   mean and standard deviation of the target, of each of the series in `names`
    change          root mean square of its differences ahead, by which they are divided
    mean, scale     of the inputs and the known columns
    levelled        whether the series return to a level
    season          steps of a season, 1 for none
    """

    target: str
    inputs: tuple[str, ...]
    known: tuple[str, ...]
    names: tuple[str, ...]
    level: tuple[float, ...]
    spread: tuple[float, ...]
    change: tuple[float, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    levelled: bool
    season: int

    @classmethod
    def fit(cls, data: SeriesData, train: Sequence[int], horizon: int, season: int) -> Self:
        """The coder of series of which the first so many rows, `train`, are to learn from."""
        names = tuple(dict.fromkeys(one.name for one in data.series))
        level, spread, change = list[float](), list[float](), list[float]()
        levelled = True
        parts = [(one, stop) for one, stop in zip(data.series, train, strict=True) if stop]
        for name in names:
            own = [one.target[:stop] for one, stop in parts if one.name == name]
            values = np.concatenate(own) if own else np.zeros(1)
            ahead = [part[h:] - part[:-h] for part in own for h in range(1, horizon + 1)]
            moved = np.concatenate(ahead) if ahead else np.zeros(0)
            levelled = levelled and returns_to_level(max(own, key=len, default=values))
            level.append(float(values.mean()))
            spread.append(_scale(values.std()))
            change.append(_scale(np.sqrt(np.mean(moved**2)) if len(moved) else 0.0))
        others = np.concatenate(
            [np.hstack([one.inputs[:stop], one.known[:stop]]) for one, stop in parts]
        )
        return cls(
            data.target,
            data.inputs,
            data.known,
            names,
            tuple(level),
            tuple(spread),
            tuple(change),
            tuple(others.mean(axis=0).tolist()),
            tuple(_scale(one) for one in others.std(axis=0).tolist()),
            levelled,
            season,
        )

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], where: str) -> Self:
        """The inverse of `to_dict`; RunError for entries that contradict each other."""
        known = {name: entries[name] for name in cls.__dataclass_fields__}
        values: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in known.items()
        }
        found = cls(**values)
        count, others = len(found.names), len(found.inputs) + len(found.known)
        lengths = [len(one) for one in (found.level, found.spread, found.change)]
        if lengths != [count] * 3 or [len(found.mean), len(found.scale)] != [others] * 2:
            raise RunError(
                where,
                expected="a mean and a scale of every series and column",
                got="others",
                remedy="undo the changes, or train again",
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """The coder as entries of TOML."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of what a network sees of each step of a window."""
        level = (f"level of {self.target}",) if self.levelled else ()
        return (self.target, *level, *self.inputs, *self.known)

    def index(self, name: str, where: str) -> int:
        """The number of the series called `name`; DataError for one that was not learnt."""
        if name not in self.names:
            raise DataError(
                where,
                expected=f"series that were learnt: {', '.join(self.names[:8])}",
                got=repr(name),
                remedy="remove its rows, or train again with them",
            )
        return self.names.index(name)

    def encode(
        self, series: Series, ends: Array, window: int, horizon: int, where: str, dtype: Any
    ) -> Any:
        """The inputs for windows whose last rows are `ends` (n,).

        They are (n, window, channels) as `past`, and, with known columns, a dict with their values
        ahead, (n, horizon, K), as `ahead`.
        """
        number = self.index(series.name, where)
        rows = ends[:, None] + np.arange(1 - window, 1)
        values, last = series.target[rows], series.target[ends][:, None]
        level = (last - self.level[number]) / self.spread[number]
        level = np.clip(np.broadcast_to(level, values.shape), -FARTHEST, FARTHEST)
        parts = [((values - last) / self.change[number])[..., None]]
        parts += [level[..., None]] if self.levelled else []
        split = len(self.inputs)
        mean, scale = np.array(self.mean), np.array(self.scale)
        parts.append(((series.inputs - mean[:split]) / scale[:split])[rows])
        known = (series.known - mean[split:]) / scale[split:]
        parts.append(known[rows])
        past = np.concatenate(parts, axis=-1).astype(dtype)
        if not self.known:
            return past
        return {
            "past": past,
            "ahead": known[ends[:, None] + np.arange(1, horizon + 1)].astype(dtype),
        }

    def answers(self, series: Series, ends: Array, horizon: int) -> Array:
        """The differences ahead of the last values, scaled, (n, horizon)."""
        ahead = series.target[ends[:, None] + np.arange(1, horizon + 1)]
        change = self.change[self.names.index(series.name)]
        return (ahead - series.target[ends][:, None]) / change

    def decode(self, series: Series, ends: Array, outputs: Array) -> Array:
        """The inverse of `answers`."""
        change = self.change[self.names.index(series.name)]
        return outputs.astype(np.float64) * change + series.target[ends][:, None]


def _scale(value: Any) -> float:
    """A positive scale, 1 for what does not vary."""
    return float(value) if np.isfinite(value) and value > 1e-12 else 1.0
