"""Padding changes neither a result nor a gradient, whatever stands there and however long it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import nn
from chainrule.ops.tensor import constant
from nn.layers.recurrent.by_hand import KINDS, make

D, H = 2, 3
CLOSE = {"rtol": 1e-10, "atol": 1e-13}
LAYERS = {
    (kind, both): make(kind, D, H, 1 + both, bidirectional=both)
    for kind in KINDS
    for both in (False, True)
}
contents = st.sampled_from([0.0, 1.0, -3e300, np.inf, np.nan])


def flat(state):
    return [p for one in state for p in flat(one)] if isinstance(state, tuple) else [state]


def computed(layer, x, **parts):
    """Outputs, last states, and the gradients of a sum of their squares."""
    given = {"x": cr.variable(x, "x"), **{name: constant(p) for name, p in parts.items()}}
    y, last = layer(given)
    weights = np.arange(1.0, 1 + y.shape[-1])
    loss = cr.sum(y * y * weights) + sum(cr.sum(cr.sin(p)) for p in flat(last))
    gradients = {name: g.value for name, g in loss.gradients().items()}
    return y.value, [p.value for p in flat(last)], gradients


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    key=st.sampled_from(list(LAYERS)),
    lengths=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    more=st.integers(0, 3),
    content=contents,
    seed=st.integers(0, 99),
)
def test_a_ragged_batch_is_its_samples_one_by_one(key, lengths, more, content, seed):
    layer, rng = LAYERS[key], np.random.default_rng(seed)
    rows = [rng.normal(size=(n, D)) for n in lengths]
    steps = max(1, max(lengths) + more)
    x = np.full((len(rows), steps, D), content)
    for place, row in zip(x, rows, strict=True):
        place[: len(row)] = row
    y, last, gradients = computed(layer, x, lengths=np.array(lengths))
    mask = np.arange(steps) < np.array(lengths)[:, None]
    masked = computed(layer, x, mask=mask)
    np.testing.assert_array_equal(masked[0], y)
    for name, gradient in masked[2].items():
        np.testing.assert_array_equal(gradient, gradients[name])
    total = {name: np.zeros_like(g) for name, g in gradients.items() if name != "x"}
    for k, row in enumerate(rows):
        if not len(row):  # nothing happens: the state stays what it was
            assert not y[k].any()
            assert not any(part[k].any() for part in last)
            assert not gradients["x"][k].any()
            continue
        alone, ends, parts = computed(layer, row[None])
        np.testing.assert_allclose(y[k, : len(row)], alone[0], **CLOSE)
        assert not y[k, len(row) :].any()
        for part, end in zip(last, ends, strict=True):
            np.testing.assert_allclose(part[k], end[0], **CLOSE)
        np.testing.assert_allclose(gradients["x"][k, : len(row)], parts.pop("x")[0], **CLOSE)
        assert not gradients["x"][k, len(row) :].any()
        for name, gradient in parts.items():
            total[name] += gradient
    for name, gradient in total.items():
        np.testing.assert_allclose(gradients[name], gradient, **CLOSE, err_msg=name)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    key=st.sampled_from(list(LAYERS)),
    mask=st.lists(st.booleans(), min_size=1, max_size=6).filter(any),
    content=contents,
)
def test_steps_that_a_mask_leaves_out_could_as_well_not_be_there(key, mask, content):
    layer, counts = LAYERS[key], np.array(mask)
    x = np.random.default_rng(len(mask)).normal(size=(1, len(mask), D))
    y, last, gradients = computed(layer, x[:, counts])
    x[:, ~counts] = content
    found, ends, others = computed(layer, x, mask=counts[None])
    np.testing.assert_allclose(found[:, counts], y, **CLOSE)
    for part, end in zip(ends, last, strict=True):
        np.testing.assert_allclose(part, end, **CLOSE)
    np.testing.assert_allclose(others.pop("x")[:, counts], gradients.pop("x"), **CLOSE)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(others[name], gradient, **CLOSE, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_compiled_code_knows_the_lengths_too(dtype):
    layer = nn.LSTM(D, H, 2, bidirectional=True, seed=1, dtype=dtype)
    rng = np.random.default_rng(0)
    x, lengths = rng.normal(size=(5, 4, D)), np.array([4, 0, 2, 3, 1])
    x[np.arange(4) >= lengths[:, None]] = 1e30
    y, last = layer.predict({"x": x, "lengths": lengths})
    close = CLOSE if dtype == np.float64 else {"rtol": 1e-4, "atol": 1e-5}
    expected, ends = layer({"x": x, "lengths": lengths})
    np.testing.assert_allclose(y, expected.value, **close)
    for part, end in zip(flat(last), flat(ends), strict=True):
        np.testing.assert_allclose(part, end.value, **close)
    for mask in (np.arange(4) < lengths[:, None], (np.arange(4) < lengths[:, None]) * 1):
        np.testing.assert_allclose(
            layer.predict({"x": x, "mask": mask})[0], expected.value, **close
        )


def test_many_samples_go_in_chunks_with_their_states():
    layer = nn.LSTM(D, H, seed=1)
    rng = np.random.default_rng(0)
    x, h, c = (rng.normal(size=size) for size in ((2100, 3, D), (2100, H), (2100, H)))
    y, (last, cell) = layer.predict((x, (h, c)))
    expected, ends = layer((x, (h, c)))
    np.testing.assert_allclose(y, expected.value, **CLOSE)
    np.testing.assert_allclose(last, ends[0].value, **CLOSE)
    np.testing.assert_allclose(cell, ends[1].value, **CLOSE)


def test_padded_brings_sequences_to_one_length():
    rows = [np.ones((3, D)), np.full((1, D), 2.0), np.zeros((0, D))]
    batch = nn.padded(rows, -1)
    assert batch["lengths"].tolist() == [3, 1, 0]
    assert batch["x"].shape == (3, 3, D)
    for place, row in zip(batch["x"], rows, strict=True):
        np.testing.assert_array_equal(place[: len(row)], row)
        assert (place[len(row) :] == -1).all()
    layer = nn.GRU(D, H, seed=1)
    found, _ = layer(batch)
    np.testing.assert_allclose(found.value[0], layer(rows[0])[0].value, **CLOSE)
    codes = nn.padded([[3, 1], [2]])
    assert codes["x"].dtype.kind == "i"
    assert codes["x"].tolist() == [[3, 1], [2, 0]]
