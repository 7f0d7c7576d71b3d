"""The same table as a file, in Polars and in pandas is the same data set, bit for bit."""

from __future__ import annotations

import random
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from chainrule.errors import DataError
from chainrule.train.data.dataset import Dataset
from chainrule.train.data.frames.frame_dataset import frame_dataset
from chainrule.train.data.load_dataset import load
from chainrule.train.loop.fitting.fit_options import FitOptions
from chainrule.train.options import RunOptions
from train.data.frames.frame_cases import in_pandas, random_frame

PANDAS = [
    pytest.param(kind, marks=pytest.mark.skipif(find_spec(needed) is None, reason=needed))
    for kind, needed in [("plain", "pandas"), ("nullable", "pandas"), ("arrow", "pyarrow")]
]


def parts(data: Dataset) -> list[np.ndarray]:
    return [a for part in (data.train, data.validation, data.test) for a in (part.x, part.y)]


def outcome(make: Any) -> Any:
    """The data set, or what is wrong with the data, without the name of the file."""
    try:
        return make()
    except DataError as error:
        return type(error), error.expected.split(" in ")[0]


def check_same(frame: pl.DataFrame, others: list[Any], folder: Path, seed: int) -> bool:
    """Compare with the file; whether it is one that can be learnt from."""
    options: Any = {
        "target": f"c{seed % frame.width}",
        "test_fraction": 0.2,
        "validation_fraction": 0.1,
        "seed": seed,
    }
    frame.write_csv(folder / "t.csv")
    expected = outcome(lambda: load(RunOptions(str(folder / "t.csv"), **options)))
    for other in others:
        got = outcome(lambda other=other: frame_dataset(other, FitOptions(**options))[0])
        if not isinstance(expected, Dataset):
            assert got == expected
            continue
        assert got.encoder == expected.encoder
        for ours, theirs in zip(parts(got), parts(expected), strict=True):
            np.testing.assert_array_equal(ours, theirs, strict=True)
        assert got.source_fingerprint == expected.source_fingerprint
    return isinstance(expected, Dataset)


def test_polars_is_as_a_file(tmp_path: Path):
    rng = random.Random(0)
    frames = [random_frame(rng) for _ in range(40)]
    learnt = [check_same(f, [f], tmp_path, seed) for seed, f in enumerate(frames)]
    assert sum(learnt) > 20


@pytest.mark.parametrize("kind", PANDAS)
def test_pandas_is_as_a_file(kind: str, tmp_path: Path):
    rng = random.Random(1)
    frames = [random_frame(rng) for _ in range(30)]
    learnt = [check_same(f, [in_pandas(f, kind)], tmp_path, seed) for seed, f in enumerate(frames)]
    assert sum(learnt) > 12


def test_typed_files_are_as_frames(tmp_path: Path):
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "moment": pl.Series(rng.integers(10**15, 2 * 10**15, 60)).cast(pl.Datetime("us")),
            "fine": pl.Series(rng.integers(10**18, 2 * 10**18, 60)).cast(pl.Datetime("ns")),
            "kind": pl.Series(rng.choice(["a", "b"], 60), dtype=pl.Enum(["a", "b", "c"])),
            "y": rng.normal(size=60),
        }
    )
    frame.write_parquet(tmp_path / "t.parquet")
    parts_of: Any = {"target": "y", "test_fraction": 0.2, "validation_fraction": 0.1}
    expected = load(RunOptions(str(tmp_path / "t.parquet"), **parts_of))
    got, _ = frame_dataset(frame, FitOptions(**parts_of))
    assert got.encoder == expected.encoder
    for ours, theirs in zip(parts(got), parts(expected), strict=True):
        np.testing.assert_array_equal(ours, theirs, strict=True)
