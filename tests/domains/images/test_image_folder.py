"""Folders of images: which files count, of which class, and what is refused in one line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from chainrule.domains.images.options import ImageOptions
from chainrule.domains.images.reading.image_folder import list_images, read_images
from chainrule.domains.registry import domain_of_source
from chainrule.errors import DataError
from domains.images.pictures import write_picture, write_pictures


def test_files_are_sorted_with_their_folders_and_others_are_left_out(tmp_path: Path):
    write_pictures(tmp_path, count=2)
    (tmp_path / "down" / "notes.txt").write_text("about")
    (tmp_path / "down" / ".DS_Store").write_text("hidden")
    (tmp_path / "empty").mkdir()
    found = list_images(tmp_path)
    assert found.files == ("across/0.png", "across/1.png", "down/0.png", "down/1.png")
    assert found.folders == ("across", "across", "down", "down")
    assert found.ignored == ("down/notes.txt",)
    assert found.classes == ("across", "down")
    found.check_classes()


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as error:
        list_images(folder).check_classes()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_folders_that_are_no_classes(tmp_path: Path):
    assert "expected images" in refusal(tmp_path)
    (tmp_path / "a.txt").write_text("text")
    assert "none, but 'a.txt'" in refusal(tmp_path)
    write_picture(tmp_path / "cats" / "1.png", np.zeros((4, 4)))
    assert "two classes or more" in refusal(tmp_path)
    assert "only 'cats'" in refusal(tmp_path)
    write_picture(tmp_path / "2.png", np.zeros((4, 4)))
    assert "'2.png' in the folder itself" in refusal(tmp_path)
    write_pictures(tmp_path / "deep" / "train")
    assert "deep/train" in refusal(tmp_path / "deep") or "train/across" in refusal(
        tmp_path / "deep"
    )
    assert "No such file" in refusal(tmp_path / "nowhere")


def test_links_that_lead_out_of_the_folder_are_refused(tmp_path: Path):
    inside = write_pictures(tmp_path / "in", count=2)
    (inside / "down" / "2.png").symlink_to(inside / "across" / "0.png")
    assert len(list_images(inside).files) == 5
    secret = write_picture(tmp_path / "secret.png", np.zeros((4, 4)))
    (inside / "down" / "3.png").symlink_to(secret)
    assert "a link that leads out of it" in refusal(inside)
    (inside / "down" / "3.png").unlink()
    (inside / "other").symlink_to(tmp_path, target_is_directory=True)
    assert "a link that leads out of it" in refusal(inside)


def test_images_become_one_array_grey_if_all_are(tmp_path: Path):
    rng = np.random.default_rng(0)
    shades = [rng.integers(0, 256, (4, 5)) for _ in range(3)]
    files = [write_picture(tmp_path / f"{i}.png", one) for i, one in enumerate(shades)]
    found = read_images(files)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[:, 0], np.array(shades) / 255, atol=1e-7)
    colour = rng.integers(0, 256, (4, 5, 3))
    files.append(write_picture(tmp_path / "colour.png", colour))
    found = read_images(files)
    assert found.shape == (4, 3, 4, 5)
    np.testing.assert_allclose(found[3].transpose(1, 2, 0), colour / 255, atol=1e-7)
    np.testing.assert_allclose(found[0, 2], shades[0] / 255, atol=1e-7)
    assert read_images(files, colour="grey").shape == (4, 1, 4, 5)
    assert read_images(files[:1], colour="rgb").shape == (1, 3, 4, 5)
    assert read_images(files, size=7).shape == (4, 3, 7, 7)


def test_another_size_is_refused_with_the_file_and_the_remedy(tmp_path: Path):
    files = [
        write_picture(tmp_path / "cat" / f"{side}.png", np.zeros((side, 4))) for side in (4, 4, 6)
    ]
    message = r"cat/6\.png: expected 4 × 4 pixels, as cat/4\.png has, got 4 × 6; .*--size 32"
    with pytest.raises(DataError, match=message):
        read_images(files)
    with pytest.raises(DataError, match="of memory"):
        read_images(files, size=1000, limit=20_000_000)


def test_a_folder_with_folders_or_images_is_one_of_images(tmp_path: Path):
    assert ImageOptions.reads(str(write_pictures(tmp_path / "a")), {})
    (tmp_path / "tables").mkdir()
    assert ImageOptions.reads(str(tmp_path / "tables"), {})  # an empty one
    (tmp_path / "tables" / "a.csv").write_text("a,b\n")
    assert not ImageOptions.reads(str(tmp_path / "tables"), {})
    assert not ImageOptions.reads("digits", {})
    assert not ImageOptions.reads("", {})
    assert domain_of_source("digits", {"model": "cnn"}) == "images"
    assert domain_of_source("digits", {"augment": "none"}) == "images"
    assert domain_of_source("digits", {}) == "table"


@pytest.mark.parametrize("name", ["size", "colour", "augment", "dropout", "model"])
def test_options_out_of_range_are_named(name: str):
    values = {"size": 0, "colour": "red", "augment": "spins", "dropout": 1.0, "model": "vit"}
    with pytest.raises(Exception, match=re.escape(name)):
        ImageOptions("digits", **{name: values[name]})


def test_ways_of_augmentation_have_one_order():
    assert ImageOptions("digits", augment="flips, shifts").augment == "shifts,flips"
    assert ImageOptions("digits", augment="none").augment == "none"
