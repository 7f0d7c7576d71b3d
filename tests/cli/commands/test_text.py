"""Language models on the command line: trained, resumed, scored, and made to write."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.train.runs.run_folder import RunFolder
from domains.text.grammar import sentences

SMALL = ("--hidden", "8", "--window", "12", "--figures", "none")


@pytest.fixture
def book(tmp_path: Path) -> str:
    (tmp_path / "book.txt").write_text(sentences(60))
    return "book.txt"


def test_a_text_is_trained_judged_and_continued(call, book: str):
    done = call("train", book, *SMALL, "--epochs", "2", "-o", "run")
    assert done.code == 0, done.err
    assert "a text of" in done.err
    assert "Kneser–Ney" in done.out
    assert "does not beat" in done.out  # after two epochs
    report = json.loads((Path("run") / "report.json").read_text())["evaluation"]
    assert report["part"] == "test"
    assert report["perplexity"] == pytest.approx(2 ** report["bits"])
    assert report["bits"] > report["ngram"]["bits"]

    written = call("generate", "run", "--prompt", "The cat", "--length", "40", "--seed", "1")
    assert written.out.startswith("The cat")
    assert len(written.out) == 7 + 40 + 1
    again = cr.generate("run", "The cat", length=40, seed=1)
    assert f"The cat{again}\n" == written.out
    found = json.loads(call("generate", "run", "--json", "--length", "5", "--top-k", "3").out)
    assert [*found] == ["prompt", "text", "length", "temperature", "top_k", "seed"]
    assert len(found["text"]) == 5


def test_a_resumed_run_is_the_same_to_the_bit(call, book: str):
    call("train", book, *SMALL, "--epochs", "2", "--schedule", "constant", "-o", "whole")
    call("train", book, *SMALL, "--epochs", "1", "--schedule", "constant", "-o", "half",
         "--patience", "2")  # fmt: skip
    assert call("train", "--resume", "half", "--epochs", "2").code == 0
    one, other = (RunFolder.read(Path(run)).checkpoint().model for run in ("whole", "half"))
    for name, values in one.items():
        assert np.array_equal(values, other[name]), name


@pytest.mark.parametrize("kind", ["words", "bytes"])
def test_other_tokens(call, book: str, kind: str):
    done = call("train", book, *SMALL, "--tokens", kind, "--epochs", "1", "--json", "-o", "run")
    found = json.loads(done.out)["evaluation"]
    assert found["unit"] == kind[:-1]
    assert found["unigram"]["bits"] > found["ngram"]["bits"]
    assert cr.generate("run", "The cat", length=4) == cr.generate("run", "The cat", length=4)


def test_another_text_is_scored_line_by_line(call, book: str):
    from chainrule.domains.text.domain import DOMAIN
    from chainrule.domains.trained import Trained

    call("train", book, *SMALL, "--epochs", "1", "-o", "run")
    Path("new.txt").write_text("The dog\n\nsees a fish.")
    trained = Trained.read(Path("run"), DOMAIN)
    found = DOMAIN.predict(trained, Path("new.txt"))
    assert found.columns["line"] == [1, 2, 3]
    assert found.columns["characters"] == [7, 1, 12]
    losses = trained.network.predict(np.pad(trained.coder.vocabulary.encode("The"), (0, 10))[None])
    assert found.columns["bits"][0] > losses[0, :2].sum() / np.log(2)
    assert "perplexity" in found.notes[0]


def test_a_window_is_explained_with_its_characters(call, book: str):
    from chainrule.domains.text.domain import DOMAIN
    from chainrule.domains.trained import Trained

    call("train", book, *SMALL, "--epochs", "1", "-o", "run")
    trained = Trained.read(Path("run"), DOMAIN)
    material = DOMAIN.reload(trained.options, trained.folder.config)
    recorded = DOMAIN.record(trained, material, [0], ["out.bias['e']", "embed.weight['T', 0]"])
    assert "window 0 held out of book" in recorded.about
    at = trained.coder.vocabulary.encode("e")[0]
    loss = recorded.loss.gradients()["out.bias"].value[at]
    # p − y, summed over the steps, by the probabilities of every step
    codes = material.dataset.test.x[0]
    state, total = trained.network.first_state(), 0.0
    for code, after in zip(codes[:-1], codes[1:], strict=True):
        answer = trained.network.predict({"codes": np.array([[code]]), "state": state})
        state = answer["state"]
        total += np.exp(answer["logs"][0, at]) - (after == at)
    assert loss == pytest.approx(total / 12, abs=1e-5)


BAD = {
    "empty": (b"", "an empty file"),
    "binary": (b"ab\0cd" * 50, "a binary file"),
    "latin": ("Zürich ".encode("latin-1") * 20, "0xfc at 1"),
    "one": (b"a" * 100, "two different characters"),
    "short": (b"abc", "20 characters or more, got 3"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_text_is_one_line_and_writes_nothing(call, tmp_path: Path, name: str):
    content, said = BAD[name]
    (tmp_path / "bad.txt").write_bytes(content)
    assert said in call("train", "bad.txt", "--text", "-o", "run").refusal()
    assert os.listdir(tmp_path) == ["bad.txt"]


def test_mistakes_in_options_are_one_line(call, book: str):
    assert "--window" in call("train", book, "--window", "4000").refusal()
    assert "--target" in call("train", book, "--text", "--target", "x").refusal()
    call("train", book, *SMALL, "--epochs", "1", "-o", "run")
    assert "got 'Z', 'ü';" in call("generate", "run", "--prompt", "Zü").refusal()
    assert "length" in call("generate", "run", "--length", "0").refusal()
    assert "temperature" in call("generate", "run", "--temperature", "-1").refusal()
    assert "top k" in call("generate", "run", "--top-k", "0").refusal()
    assert "seed" in call("generate", "run", "--seed", "-1").refusal()
    Path("book.txt").write_text("Another text, which is long enough to be one.")
    assert "the text this run began with" in call("train", "--resume", "run").refusal()
    call("train", "iris", "--epochs", "1", "--figures", "none", "-o", "table")
    assert "kind 'table'" in call("generate", "table").refusal()
