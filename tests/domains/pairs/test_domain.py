"""Pairs as what runs learn from: parts without leaks, explanations, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.domains.pairs.answers.predicting import predict_file
from chainrule.domains.pairs.domain import DOMAIN
from chainrule.domains.pairs.options import PairOptions
from chainrule.domains.pairs.texts.coder import ENCODER, PairCoder
from chainrule.domains.pairs.texts.loading import divided, read_source
from chainrule.errors import ChainruleError
from chainrule.nn import Layer
from chainrule.train.storage.schema import check

DATES = PairOptions("dates", rows=30, hidden=8)


@pytest.fixture(scope="module")
def trained() -> tuple[Layer, PairCoder]:
    coder = DOMAIN.load(DATES).coder
    assert isinstance(coder, PairCoder)
    return DOMAIN.network(DATES, coder), coder


@pytest.fixture
def file(tmp_path: Path) -> str:
    rows = [f"text {i % 20}\tanswer {i}" for i in range(60)]
    path = tmp_path / "p.tsv"
    path.write_text("\n".join(["a\tb", *rows, "one text that is long\tshort"]))
    return str(path)


def test_pairs_of_one_source_are_in_one_part(file):
    options = PairOptions(file, source_column="a")
    parts = divided(read_source(options), options)
    sources = [{source for source, _ in part} for part in parts]
    assert all(sources)
    assert len(set.union(*sources)) == sum(map(len, sources)) == 21
    assert sum(map(len, parts)) == 61


def test_long_pairs_are_left_out(file):
    found = DOMAIN.load(PairOptions(file, source_column="a", longest=12, dtype="float64"))
    assert "1 of 61 pairs are left out" in found.notes[1]
    x, weights = found.dataset.train.x, found.dataset.train.y
    assert x["source"].shape[1] == 7
    assert x["answer"].shape[1] == 11
    assert weights.dtype == np.float64
    np.testing.assert_array_equal(weights, x["answer"][:, 1:] != 0)


def test_a_coder_comes_back_from_its_entries(trained):
    coder = trained[1]
    entries = coder.to_dict()
    check(ENCODER, entries, "config.toml", "")
    assert DOMAIN.coder(entries, "config.toml") == coder
    for changed in ({"longest": 10**9}, {"source": {"kind": "words", "tokens": []}}):
        with pytest.raises(ChainruleError, match="undo the changes"):
            DOMAIN.coder(entries | changed, "config.toml")


def mistake(options: dict, file: str) -> str:
    with pytest.raises(ChainruleError) as error:
        DOMAIN.load(PairOptions(**({"source": file} | options)))
    return str(error.value)


def test_mistakes(file, tmp_path):
    one = tmp_path / "one.tsv"
    one.write_text("a\tb\nx\ty\n")
    found = mistake({"source": str(one), "source_column": "a"}, file)
    assert "expected 3 pairs or more" in found
    assert "got 1" in found
    assert "set a larger --longest" in mistake({"source_column": "a", "longest": 2}, file)
    assert "leave it out" in mistake({"source_column": "a", "rows": 5}, file)
    assert "leave it out" in mistake({"source": "dates", "target": "date"}, file)
    for wrong in (
        {"rows": 10**6},
        {"depth": 65},
        {"tokens": "bytes"},
        {"hidden": 0},
        {"label_smoothing": 1.0},
        {"dropout": -1},
    ):
        with pytest.raises(ChainruleError):
            PairOptions("dates", **wrong)


@pytest.mark.parametrize(("hidden", "heads"), [(64, 4), (8, 1), (48, 3), (256, 8), (7, 1)])
def test_heads_divide_the_width(hidden, heads):
    assert PairOptions("dates", hidden=hidden).heads == heads


def test_predictions(trained, tmp_path):
    file = tmp_path / "new.tsv"
    file.write_text("text\tdate\n3 May 2001\t2001-05-03\n5 ẞöre 2001\tx\n")
    found = predict_file(*trained, file, beam=2)
    assert [*found.columns] == ["text", "date", "prediction", "log_probability_per_token"]
    assert found.columns["text"] == ["3 May 2001", "5 ẞöre 2001"]
    assert all(value < 0 for value in found.columns["log_probability_per_token"])
    unknown, score = found.notes
    assert unknown.startswith("1 text has characters that no training text had")
    assert "'ẞ'" in unknown
    assert "of 2 answers are exactly right; chrF" in score
    with pytest.raises(ChainruleError, match="from 1 to 64, got 0"):
        predict_file(*trained, file, beam=0)
    with pytest.raises(ChainruleError, match="got none"):
        predict_file(*trained, None)


def test_the_learning_rate():
    assert PairOptions("dates").optimizer.learning_rate == 0.002  # type: ignore[union-attr]
    assert PairOptions("dates", learning_rate=0.1).optimizer.learning_rate == 0.1  # type: ignore[union-attr]
    stored = PairOptions.from_tables(PairOptions("dates", learning_rate=0.1).to_tables())
    assert stored == PairOptions("dates", learning_rate=0.1)
