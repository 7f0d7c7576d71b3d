"""`chainrule train FILE --window N --horizon N`: series, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from domains.series.cases import dates, seasonal, walk, write

GIVEN = ("--target", "close", "--window", "12", "--run", "run", "--figures", "none")


def test_a_series_is_trained(call):
    write(Path("season.csv"), date=dates(240), close=seasonal(240))
    done = call("train", "season.csv", *GIVEN, "--horizon", "3")
    assert done.code == 0, done.err
    assert "The next 3 values of 'close' from 12 before." in done.err
    assert "A season of 12 steps" in done.err
    for line in ("last value", "seasonal (12 steps)", "drift", "linear"):
        assert line in done.out
    assert max(map(len, done.out.splitlines())) <= 80
    found = json.loads(call("train", "--resume", "run", "--json", "--figures", "none").out)
    assert found["evaluation"]["horizon"] == 3
    assert found["evaluation"]["baselines"]["last value"]["skill"] > 0.5


def test_a_walk_repeats_yesterday(call):
    write(Path("walk.csv"), close=walk(300))
    done = call("train", "walk.csv", *GIVEN, "--epochs", "5")
    assert "it repeats yesterday" in done.out


def test_figures(call):
    write(Path("walk.csv"), date=dates(120), close=walk(120))
    call("train", "walk.csv", *GIVEN[:-2], "--horizon", "2", "--epochs", "1")
    names = {path.name for path in Path("run/figures").iterdir()}
    assert {"loss.png", "forecast.png", "error-by-step.png"} <= names


DAYS = dates(80)


@pytest.mark.parametrize(
    ("days", "values", "more", "said"),
    [
        ([*DAYS[:9], DAYS[20], *DAYS[10:]], walk(80), (), "in row 11, after 2020-01-21"),
        (DAYS[::-1], walk(80), (), "reverse the rows, which begin with the newest"),
        ([*DAYS[:9], DAYS[8], *DAYS[10:]], walk(80), (), "got 2020-01-09 again in row 10"),
        ([*DAYS[:9], *DAYS[20:]], walk(69), (), "got 2020-01-21 in row 10, after 2020-01-09"),
        (DAYS, [*walk(79), ""], (), "got missing values in 1, the first in row 80"),
        (DAYS, walk(80), ("--horizon", "17"), "expected 17 rows or more in the test part"),
        (DAYS[:14], walk(14), ("--horizon", "3"), "expected 15 rows or more, for a window of 12"),
        (DAYS, ["up", "down"] * 40, (), "got text such as 'down', 'up'"),
        (DAYS, walk(80), ("--gaps", "guess"), "gaps: expected one of refuse, split, ignore"),
        (DAYS, walk(80), ("--horizon", "0"), "expected a whole number from 1 to 10000, got 0"),
        (DAYS, walk(80), ("--known", "price"), "got 'price'"),
        (DAYS, walk(80), ("--model", "cnn2"), "got 'cnn2'"),
    ],
)  # fmt: skip
def test_one_line_for_what_is_wrong(call, days, values, more, said):
    write(Path("data.csv"), date=days, close=values)
    done = call("train", "data.csv", *GIVEN, *more)
    assert done.code != 0
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert not Path("run").exists()


def test_gaps_are_ignored_or_divide(call):
    write(Path("data.csv"), date=[*DAYS[:40], *dates(140)[100:]], close=walk(80))
    for way, windows in (("split", 2), ("ignore", 1)):
        run = (*GIVEN[:-4], "--run", way, "--figures", "none", "--epochs", "1")
        done = call("train", "data.csv", *run, "--gaps", way)
        assert done.code == 0, done.err
        assert ("divided at one gap" in done.err) == (windows == 2)
