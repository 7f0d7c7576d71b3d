"""Runs on images: what is trained on, that they resume bit for bit, predict and are explained."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.domains.images.coder import SCHEMA, ImageCoder
from chainrule.domains.images.domain import DOMAIN
from chainrule.domains.images.flat_pixels import flat_pixels
from chainrule.domains.images.network import build_network
from chainrule.domains.images.options import ImageOptions
from chainrule.domains.trained import Trained
from chainrule.errors import DataError, OptionError, RunError
from chainrule.ops.losses import cross_entropy
from chainrule.train.loop.callbacks import Callbacks
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.training_run import TrainingRun
from chainrule.train.steps.tracing import trace_training
from domains.images.pictures import write_picture, write_pictures
from engine.comparison import planned
from train.run_cases import assert_same

SMALL: dict[str, Any] = {"layers": (3, 4), "epochs": 3, "batch_size": 6}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "lines", count=12)


def test_images_are_standardised_by_the_training_part(folder: Path):
    options = ImageOptions(str(folder), dtype="float64", **SMALL)
    material = DOMAIN.load(options)
    data, coder = material.dataset, material.coder
    assert (len(data.train), len(data.validation), len(data.test)) == (19, 0, 5)
    assert isinstance(coder, ImageCoder)
    assert coder.shape == (1, 6, 6)
    np.testing.assert_allclose(data.train.x.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(data.train.x.std(), 1, atol=1e-6)
    pixels = coder.decode(data.test.x)
    np.testing.assert_allclose(coder.encode(pixels), data.test.x, atol=1e-12)
    kept = material.kept
    assert [len(names) for names in kept] == [19, 0, 5]
    for name, label in zip(kept[2], data.test.y, strict=True):
        assert name.startswith(f"{coder.classes[label]}/")
    assert material.notes == ("24 images of 6 × 6 pixels, grey, of 2 classes: across 12, down 12",)


def test_a_stored_coder_is_what_it_was_and_contradictions_are_refused():
    coder = ImageCoder(4, 5, (0.5,) * 3, (0.25,) * 3, (0.0,) * 3, ("a", "b"))
    entries = coder.to_dict()
    SCHEMA(entries, "")
    assert ImageCoder.from_dict(entries, "config.toml") == coder
    for wrong in ({"mean": [0.5]}, {"height": 10**6}):
        with pytest.raises(RunError, match=r"config\.toml"):
            ImageCoder.from_dict(entries | wrong, "config.toml")


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 5, 9), (1, 1, 4), (3, 33, 20)])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_networks_of_any_size_train_without_calls(shape: tuple[int, int, int], dropout: float):
    channels, height, width = shape
    coder = ImageCoder(height, width, *[(0.5,) * channels] * 3, ("a", "b", "c"))
    options = ImageOptions("digits", layers=(4, 6, 5), dropout=dropout)
    network = build_network(options, coder, np.float64)
    labels = cr.spec((2,), np.int64)
    graph = trace_training(network, cross_entropy, cr.spec((2, *shape)), labels).graph
    assert "no calls" in str(planned(graph)).splitlines()[0]
    images = np.random.default_rng(0).normal(size=(2, *shape))
    one_by_one = np.stack([network(image).value for image in images])
    np.testing.assert_allclose(one_by_one, network(images).value, atol=1e-12)


@pytest.mark.parametrize("augment", ["shifts,flips", "none"])
def test_a_run_resumes_bit_for_bit(tmp_path: Path, folder: Path, augment: str):
    options = ImageOptions(str(folder), augment=augment, seed=3, **SMALL)
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


@pytest.fixture
def trained(tmp_path: Path, folder: Path) -> Path:
    options = ImageOptions(str(folder), **{**SMALL, "epochs": 60}, augment="none")
    with TrainingRun.start(options, tmp_path / "run", domain=DOMAIN) as run:
        run.train()
        found: Any = run.judgement()
        assert set(found.scores) == {"majority", "linear", "network"}
        assert found.part == "test"
        # by hand: the share of the test images whose largest logit is that of their class
        test = run.dataset.test
        right = [run.session.stepper.predict(x[None])[0].argmax() for x in test.x] == test.y
        assert found.scores["network"].accuracy == right.mean() > 0.7
    return tmp_path / "run"


def test_a_run_predicts_files_and_folders(trained: Path, folder: Path):
    found = Trained.read(trained, DOMAIN)
    every = DOMAIN.predict(found, folder)
    assert list(every.columns) == ["file", "prediction", "p(across)", "p(down)"]
    assert every.columns["file"][0] == "across/0.png"
    sums = np.add(every.columns["p(across)"], every.columns["p(down)"])
    np.testing.assert_allclose(sums, 1)
    true = [name.split("/")[0] for name in every.columns["file"]]
    right = np.mean([a == b for a, b in zip(true, every.columns["prediction"], strict=True)])
    assert f"accuracy {100 * right:.2f} %" in every.notes[0]
    one = DOMAIN.predict(found, folder / "down" / "3.png")
    at = every.columns["file"].index("down/3.png")
    np.testing.assert_allclose(one.columns["p(down)"], [every.columns["p(down)"][at]], atol=1e-6)
    big = write_picture(folder.parent / "big.png", np.zeros((9, 9)))
    with pytest.raises(DataError, match=r"big\.png: expected 6 × 6 pixels, as .* got 9 × 9"):
        DOMAIN.predict(found, big)
    (folder.parent / "none").mkdir()
    with pytest.raises(DataError, match="a folder without any"):
        DOMAIN.predict(found, folder.parent / "none")


def test_a_run_is_explained_with_names_of_pixels(trained: Path):
    found = Trained.read(trained, DOMAIN, np.float64)
    material = DOMAIN.reload(found.options, found.folder.config)
    recorded = DOMAIN.record(found, material, [1], ["x[grey, row 2, column 3]"])
    assert recorded.wrt == ("x[0, 2, 3]",)
    assert "image 1 (" in recorded.title
    x = np.array(material.dataset.test.x[1], np.float64)
    y = material.dataset.test.y[1]

    def loss(value: float) -> float:
        z = found.network(_with(x, value)).value
        return float(np.log(np.exp(z).sum()) - z[y])

    step = 1e-6
    slope = (loss(x[0, 2, 3] + step) - loss(x[0, 2, 3] - step)) / (2 * step)
    steps = cr.explain(recorded.loss, wrt=recorded.wrt, steps="names").derivation.backward
    [gradient] = [step.gradient for step in steps if step.name == recorded.wrt[0]]
    np.testing.assert_allclose(gradient, slope, atol=1e-6)
    worst = DOMAIN.record(found, material)
    losses = [DOMAIN.record(found, material, [row]).loss.item() for row in range(5)]
    assert worst.loss.item() == max(losses)
    with pytest.raises(OptionError, match="sample"):
        DOMAIN.record(found, material, [5])


def _with(x: np.ndarray, value: float) -> np.ndarray:
    changed = x.copy()
    changed[0, 2, 3] = value
    return changed


def test_changed_images_do_not_resume(trained: Path, folder: Path):
    write_picture(folder / "down" / "0.png", np.zeros((6, 6)))
    with pytest.raises(RunError, match="the images this run began with"):
        TrainingRun.resume(trained, 70, domain=DOMAIN)


def test_tiny_images_and_sources_without_images(tmp_path: Path):
    tiny = write_pictures(tmp_path / "tiny", side=3)
    with pytest.raises(DataError, match=r"4 × 4 pixels or more, got 3 × 3; .*--size 8"):
        DOMAIN.load(ImageOptions(str(tiny)))
    assert DOMAIN.load(ImageOptions(str(tiny), size=8)).dataset.inputs == 64
    with pytest.raises(OptionError, match="'iris'"):
        DOMAIN.load(ImageOptions("iris"))
    with pytest.raises(OptionError, match="--colour rgb"):
        DOMAIN.load(ImageOptions("digits", colour="rgb"))


def test_what_is_chosen_and_what_was_given(folder: Path):
    material = DOMAIN.load(ImageOptions(str(folder)))
    options, chosen = DOMAIN.choose(ImageOptions(str(folder)), material)
    assert set(chosen) == {"layers", "epochs", "optimizer", "learning_rate"}
    assert options.layers == (32,)
    given = ImageOptions(str(folder), optimizer="sgd", layers=(2,), epochs=7)
    options, chosen = DOMAIN.choose(given, material)
    assert chosen == {}
    assert options == dataclasses.replace(given, validation_fraction=0.0)


def test_images_validate_where_something_waits_for_it(folder: Path):
    for given, count in (
        ({}, 0),
        ({"patience": 3}, 2),
        ({"schedule": "plateau"}, 2),
        ({"validation_fraction": 0.5}, 10),
    ):
        options = ImageOptions(str(folder), **given)
        material = DOMAIN.load(options)
        assert len(material.dataset.validation) == count
        stored = DOMAIN.choose(options, material)[0]
        assert len(DOMAIN.load(stored).dataset.validation) == count


def test_large_images_are_scaled_down_for_the_linear_model():
    x = np.random.default_rng(0).normal(size=(2, 1, 80, 81))
    found = flat_pixels(x).reshape(2, 40, 40)
    for i, j in ((0, 0), (39, 39), (7, 20)):
        block = x[:, 0, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        np.testing.assert_allclose(found[:, i, j], block.mean(axis=(1, 2)))
