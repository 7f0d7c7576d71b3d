"""Runs on texts with classes: encoding, padding, the linear model's inputs, runs and mistakes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

import chainrule as cr
from chainrule.domains.labelled_text.bag_of_words import BagOfWords
from chainrule.domains.labelled_text.coder import ENCODER, LabelledTextCoder
from chainrule.domains.labelled_text.domain import DOMAIN
from chainrule.domains.labelled_text.network import TextClassifier
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.domains.registry import domain_of_source
from chainrule.domains.text.texts.tokens import Vocabulary
from chainrule.domains.trained import Trained
from chainrule.errors import DataError, OptionError, RunError, UnknownNameError
from chainrule.ops.losses import cross_entropy
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.steps.tracing import trace_training
from domains.labelled_text.reviews import write_reviews
from engine.comparison import planned
from train.run_cases import assert_same

MODELS = ("lstm", "gru", "rnn", "transformer", "average")
CODER = LabelledTextCoder(Vocabulary("words", (" a", " b", " c")), 6, ("no", "yes"))
texts = st.lists(st.text("abc xY.", max_size=12), min_size=1, max_size=5)


def options_for(path: Path, **changes: Any) -> LabelledTextOptions:
    values: dict[str, Any] = {"text_column": "text", "target": "label", "hidden": 6, "epochs": 3}
    return LabelledTextOptions(str(path), **{**values, **changes})


@given(texts)
def test_tokens_are_numbered_one_by_one(rows: list[str]):
    found = CODER.encode(rows)
    assert found["codes"].shape == found["mask"].shape == (len(rows), 6)
    for text, codes, mask in zip(rows, found["codes"], found["mask"], strict=True):
        # each sign is a token of its own, and so is each word
        words = "".join(f" {c} " if c == "." else c for c in text.lower()).split()
        expected = [{"a": 2, "b": 3, "c": 4}.get(word, 1) for word in words][:6] or [1]
        if "." not in text:  # a sign without a blank before it is another token than one with
            assert codes.tolist() == expected + [0] * (6 - len(expected))
        assert mask.tolist() == [1.0] * len(expected) + [0.0] * (6 - len(expected))


def test_a_stored_coder_is_what_it_was_and_contradictions_are_refused():
    ENCODER(CODER.to_dict(), "")
    assert LabelledTextCoder.from_dict(CODER.to_dict(), "config.toml") == CODER
    for wrong in ({"tokens": []}, {"length": 10**6}):
        with pytest.raises(RunError, match=r"config\.toml"):
            LabelledTextCoder.from_dict(CODER.to_dict() | wrong, "config.toml")


@pytest.mark.parametrize("model", MODELS)
def test_padding_changes_nothing_and_steps_have_no_calls(model: str):
    options = LabelledTextOptions("a.csv", model=model, hidden=6, dropout=0.0)
    network = TextClassifier(options, 9, 7, 3, np.dtype(float))
    rng = np.random.default_rng(0)
    codes, lengths = rng.integers(1, 9, (4, 7)), [7, 1, 4, 2]
    mask = (np.arange(7) < np.array(lengths)[:, None]).astype(float)
    whole = network({"codes": np.where(mask > 0, codes, 0), "mask": mask}).value
    for row, length in enumerate(lengths):
        alone = {"codes": codes[row : row + 1, :length], "mask": np.ones((1, length))}
        np.testing.assert_allclose(network(alone).value[0], whole[row], atol=1e-12)
    specs = {"codes": cr.spec((4, 7), np.uint8), "mask": cr.spec((4, 7))}
    graph = trace_training(network, cross_entropy, specs, cr.spec((4,), np.int64)).graph
    assert "no calls" in str(planned(graph)).splitlines()[0]


def test_the_linear_model_sees_what_scikit_learn_makes_of_words():
    rng = random.Random(0)
    rows = [" ".join(rng.choices("abc", k=rng.randint(1, 6))) for _ in range(30)]
    x = CODER.encode(rows)
    found = BagOfWords.of(x, CODER.numbers)(x)
    oracle: Any = TfidfVectorizer(token_pattern=r"\w", vocabulary=["a", "b", "c"])
    np.testing.assert_allclose(found, oracle.fit_transform(rows).toarray(), atol=1e-6)
    unknown = CODER.encode(["x y"])
    np.testing.assert_array_equal(BagOfWords.of(x, CODER.numbers)(unknown), np.zeros((1, 3)))


def test_texts_are_divided_and_the_vocabulary_is_that_of_the_training_part(tmp_path: Path):
    path = write_reviews(tmp_path / "reviews.csv", gaps=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{i},rare{i} rare{i},yes\n" for i in range(100, 110))
    material = DOMAIN.load(options_for(path))
    data, coder = material.dataset, material.coder
    assert isinstance(coder, LabelledTextCoder)
    assert data.rows == 70
    trained = " ".join(material.kept[0])
    for token in coder.vocabulary.tokens:
        assert token.strip() in trained.lower()
    held_out = [text for text in material.kept[2] if text.startswith("rare")]
    assert held_out
    assert all(text.split()[0] not in "".join(coder.vocabulary.tokens) for text in held_out)
    assert "left out: 2 rows without a text or a class" in material.notes
    assert "test texts are also among those of the training" in material.notes[-1]


def test_a_run_resumes_bit_for_bit(tmp_path: Path):
    options = options_for(write_reviews(tmp_path / "reviews.csv"), batch_size=12, patience=5)
    with TrainingRun.start(options, tmp_path / "whole", domain=DOMAIN) as run:
        assert run.train()
    TrainingRun.start(options, tmp_path / "parts", domain=DOMAIN).folder.close()
    rng, done, lives = random.Random(0), False, 0
    while not done:
        lives += 1
        left = iter(range(rng.randrange(1, 5)))
        with TrainingRun.resume(tmp_path / "parts", domain=DOMAIN) as run:
            run.session.loop.chunk_seconds = 0.0
            done = run.train(Callbacks(stop=lambda left=left: next(left, None) is None))
    assert lives > 2
    whole, parts = (RunFolder.read(tmp_path / name).checkpoint() for name in ("whole", "parts"))
    assert_same(parts, whole)


def test_the_order_of_words_is_learnt_predicted_and_explained(tmp_path: Path):
    path = write_reviews(tmp_path / "reviews.csv", rows=120)
    given = options_for(path, hidden=12, epochs=40, learning_rate=0.01, model="gru")
    with TrainingRun.start(given, tmp_path / "run", domain=DOMAIN) as run:
        run.train()
        found: Any = run.judgement()
    assert found.scores["network"].accuracy > 0.95 > found.scores["linear"].accuracy
    trained = Trained.read(tmp_path / "run", DOMAIN)
    new = tmp_path / "new.csv"
    new.write_text("text\nThis film was not good.\nThe plot was great.\n''\n")
    predicted = DOMAIN.predict(trained, new)
    assert predicted.columns["prediction"][:2] == ["no", "yes"]
    np.testing.assert_allclose(np.add(predicted.columns["p(no)"], predicted.columns["p(yes)"]), 1)
    assert "accuracy" in DOMAIN.predict(trained, path).notes[0]
    exact = Trained.read(tmp_path / "run", DOMAIN, np.float64)
    material = DOMAIN.reload(exact.options, exact.folder.config)
    at = next(i for i, text in enumerate(material.kept[2]) if "not" in text)
    recorded = DOMAIN.record(exact, material, [at], ["embed.weight['not', 3]"])
    assert "held out of reviews" in recorded.title
    weight = exact.network.parameters()["embed.weight"].value
    [row, column] = map(int, recorded.wrt[0].removeprefix("embed.weight[")[:-1].split(", "))

    def loss(change: float) -> float:
        changed = weight.copy()
        changed[row, column] += change
        exact.network.load({**_values(exact.network), "embed.weight": changed})
        return DOMAIN.record(exact, material, [at], ["loss"]).loss.item()

    gradient = recorded.loss.gradients()["embed.weight"].value[row, column]
    slope = (loss(1e-6) - loss(-1e-6)) / 2e-6
    np.testing.assert_allclose(gradient, slope, rtol=1e-5, atol=1e-9)
    assert gradient != 0


def _values(network: Any) -> dict[str, Any]:
    return {name: one.value for name, one in network.parameters().items()}


def test_mistakes_are_named(tmp_path: Path):
    path = write_reviews(tmp_path / "reviews.csv")
    assert domain_of_source(str(path), {"text_column": "text"}) == "labelled_text"
    for changes, kind, words in (
        ({"target": None}, OptionError, "--target"),
        ({"target": "text"}, OptionError, "--target"),
        ({"text_column": "txt"}, UnknownNameError, "did you mean text"),
        ({"target": "lable"}, UnknownNameError, "did you mean label"),
    ):
        with pytest.raises(kind, match=words):
            DOMAIN.load(options_for(path, **changes))
    (tmp_path / "one.csv").write_text("text,label\ngood,yes\nbad,yes\n")
    with pytest.raises(DataError, match="from 2 to 1,000 classes"):
        DOMAIN.load(options_for(tmp_path / "one.csv"))
    with TrainingRun.start(options_for(path, epochs=1), tmp_path / "run", domain=DOMAIN) as run:
        run.train()
    write_reviews(path, seed=1)
    with pytest.raises(RunError, match="the texts this run began with"):
        TrainingRun.resume(tmp_path / "run", 2, domain=DOMAIN)
