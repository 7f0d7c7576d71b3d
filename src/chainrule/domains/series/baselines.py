"""Simple forecasts that a network has to beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.domains.series.data.coder import SeriesCoder
from chainrule.domains.series.data.windows import Windows
from chainrule.graph import Array
from chainrule.nn.trees import flatten_inputs, is_tree
from chainrule.train.data.dataset import Dataset

__all__ = ["LinearModel", "baselines", "find_season"]

LONGEST_SEASON = 400
"""The longest season that is looked for, in steps."""

LEAST_CORRELATION = 0.4
"""The correlation from which on a series is said to repeat itself."""

MOST_ENTRIES = 2000
"""The most entries of a window of which a linear model is made."""

PENALTIES = tuple(10.0**k for k in range(-3, 5))


def find_season(parts: Sequence[Array]) -> int:
    """The steps after which series repeat themselves, by their autocorrelation; 1 for none.

    Their linear trend is taken away before.  Of lags behind a negative correlation, the first that
    is about as high as the highest peak is the season.

    >>> find_season([np.sin(np.arange(120) * 2 * np.pi / 12)])
    12
    """
    longest = max(parts, key=len)
    count = len(longest)
    if count < 8:
        return 1
    steps = np.arange(count)
    values = longest - np.polyval(np.polyfit(steps, longest, 1), steps)
    most = min(LONGEST_SEASON, count // 3)
    power = values @ values
    if power <= 1e-12 * max(float(longest @ longest), 1e-300):
        return 1
    size = 2 ** int(np.ceil(np.log2(2 * count)))
    spectrum = np.fft.rfft(values, size)
    raw = np.fft.irfft(spectrum * spectrum.conj(), size)[: most + 2]
    found = raw / power * (count / (count - np.arange(len(raw))))
    negative = np.flatnonzero(found < 0)
    if not len(negative):
        return 1
    peaks = [
        lag
        for lag in range(max(2, int(negative[0])), most + 1)
        if found[lag] >= found[lag - 1] and found[lag] >= found[lag + 1]
    ]
    highest = max((found[lag] for lag in peaks), default=0.0)
    if highest < LEAST_CORRELATION:
        return 1
    return next(lag for lag in peaks if found[lag] >= 0.9 * highest)


def baselines(windows: Windows, part: str, coder: SeriesCoder) -> dict[str, Array]:
    """The forecasts (n, horizon) of each simple model for the windows of a part, by its name.

    The last value; the value a season before; and the drift, on by the mean step so far.
    """
    steps = np.arange(1, windows.horizon + 1)
    last, seasonal, drift = list[Array](), list[Array](), list[Array]()
    season = coder.season
    for one, ends in zip(windows.series, windows.ends(part), strict=True):
        value = one.target[ends][:, None]
        last.append(np.broadcast_to(value, (len(ends), len(steps))))
        slope = (value - one.target[0]) / ends[:, None]
        drift.append(value + slope * steps)
        back = steps - season * -(-steps // season)
        rows = ends[:, None] + back
        seasonal.append(np.where(rows >= 0, one.target[np.maximum(rows, 0)], value))
    found = {"last value": np.concatenate(last)}
    if season > 1:
        found["seasonal"] = np.concatenate(seasonal)
    found["drift"] = np.concatenate(drift)
    return found


@final
@dataclass(frozen=True, eq=False)
class LinearModel:
    """y = A·x + b of the entries of a window: A (H, D), b (H,)."""

    weight: Array
    bias: Array

    @classmethod
    def fit(cls, dataset: Dataset) -> LinearModel | None:
        """Ridge least squares on the training part; None for more than `MOST_ENTRIES`.

        The penalty is the best of a few on the validation part, or 1 without one.

        Hoerl and Kennard, "Ridge Regression", 1970.
        """
        x, y = _rows(dataset.train.x), dataset.train.y.astype(np.float64)
        if x.shape[1] > MOST_ENTRIES:
            return None
        mean, offset = x.mean(axis=0), y.mean(axis=0)
        values, vectors = np.linalg.eigh((x - mean).T @ (x - mean))
        values = np.maximum(values, 0.0)[:, None]
        moments = vectors.T @ ((x - mean).T @ (y - offset))

        def model(penalty: float) -> LinearModel:
            weight = (vectors @ (moments / (values + penalty))).T
            return cls(weight, offset - weight @ mean)

        def error(penalty: float) -> float:
            part = dataset.validation
            return float(np.mean((model(penalty)(part.x) - part.y) ** 2))

        return model(min(PENALTIES, key=error) if len(dataset.validation) else 1.0)

    def __call__(self, inputs: Any) -> Array:
        """The outputs (n, H) for the inputs of a network."""
        return _rows(inputs) @ self.weight.T + self.bias


def _rows(x: Any) -> Array:
    """Inputs as rows (n, D), in float64."""
    leaves = flatten_inputs(x)[0] if is_tree(x) else [x]
    return np.concatenate([np.reshape(a, (len(a), -1)) for a in leaves], axis=1).astype(np.float64)
