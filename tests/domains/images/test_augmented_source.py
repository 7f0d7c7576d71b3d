"""Augmentation: what is made of an image, pixel by pixel, as a function of the epoch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.images import augmented_source
from chainrule.domains.images.augmented_source import Augmentation, AugmentedSource, shifted
from chainrule.train.data.batches import Batches


def moved(x: np.ndarray, down: float, right: float, background: np.ndarray) -> np.ndarray:
    """An image `(C, H, W)` moved, by bilinear interpolation of each pixel on its own."""
    channels, height, width = x.shape
    y = np.zeros(x.shape)

    def at(c: int, i: int, j: int) -> float:
        return x[c, i, j] if 0 <= i < height and 0 <= j < width else background[c]

    for c, i, j in np.ndindex(channels, height, width):
        u, v = i - down, j - right
        top, left = int(np.floor(u)), int(np.floor(v))
        for a, b in np.ndindex(2, 2):
            share = (1 - abs(u - top - a)) * (1 - abs(v - left - b))
            y[c, i, j] += share * at(c, top + a, left + b)
    return y


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 3),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    st.floats(0, 7),
)
def test_shifts_agree_with_interpolation_pixel_by_pixel(seed, channels, sides, most):
    rng = np.random.default_rng(seed)
    x, background = rng.normal(size=(3, channels, *sides)), rng.normal(size=channels)
    shifts = rng.uniform(-most, most, (3, 2))
    expected = [moved(one, *by, background) for one, by in zip(x, shifts, strict=True)]
    np.testing.assert_allclose(shifted(x, shifts, background), expected, atol=1e-12)


def whole(source: AugmentedSource, epoch: int, start: int = 0) -> list[np.ndarray]:
    """The batches of an epoch, one after another."""
    return [
        group.arrays[name][rows]
        for group in source.batches(epoch, start)
        for rows in group.rows
        for name in ("x", "y")
    ]


@pytest.fixture
def source() -> AugmentedSource:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(22, 2, 4, 3)).astype(np.float32), np.arange(22)
    return AugmentedSource(x, y, Batches(22, 5, 7), Augmentation(1.0, flips=True), np.ones(2))


def test_an_epoch_is_the_same_from_any_batch_on_in_chunks_of_any_size(source, monkeypatch):
    epochs = [whole(source, epoch) for epoch in (1, 2)]
    assert source.per_epoch == 5
    monkeypatch.setattr(augmented_source, "CHUNK_BYTES", 1)
    small = AugmentedSource(
        source.x, source.y, source.sizes, source.augmentation, source.background
    )
    for epoch, expected in zip((1, 2), epochs, strict=True):
        for start in range(5):
            for other in (source, small):
                found = whole(other, epoch, start)
                assert len(found) == 2 * (5 - start)
                for one, same in zip(found, expected[2 * start :], strict=True):
                    assert one.dtype == same.dtype
                    assert one.tobytes() == same.tobytes()
    assert epochs[0][0].tobytes() != epochs[1][0].tobytes()
    assert sorted(np.concatenate(epochs[1][1::2]).tolist()) == list(range(22))


def test_flips_alone_mirror_about_half_of_the_images_left_to_right():
    x = np.random.default_rng(0).normal(size=(400, 1, 2, 3))
    source = AugmentedSource(x, np.arange(400), Batches(400), Augmentation(flips=True), np.zeros(1))
    [group] = [g for g in source.batches(1, 0) if len(g.arrays["x"]) > 16]
    of, found = group.arrays["y"], group.arrays["x"]
    same = (found == x[of]).all(axis=(1, 2, 3))
    mirrored = (found == x[of][..., ::-1]).all(axis=(1, 2, 3))
    assert (same | mirrored).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_without_shifts_and_flips_nothing_is_asked_for():
    assert not Augmentation()
    assert Augmentation(0.5)
    assert Augmentation(flips=True)
