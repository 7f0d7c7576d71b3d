"""Embeddings, against one-hot rows and a matrix."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, TrainingError

RNG = np.random.default_rng(0)
CODES = np.array([[1, 4, 4], [0, 2, 1]])


def test_it_is_a_one_hot_row_times_a_matrix():
    layer = nn.Embedding(6, 3, seed=1)
    table, hot = layer.parameters()["weight"].value, np.eye(6)[CODES]
    y = layer(CODES)
    np.testing.assert_array_equal(y.value, hot @ table)
    weights = RNG.normal(size=y.shape)
    gradient = cr.sum(y * weights).gradients()["weight"].value
    np.testing.assert_allclose(gradient, np.einsum("btn,btw->nw", hot, weights))
    np.testing.assert_array_equal(layer.predict(CODES), y.value)
    assert layer(3).value.tolist() == table[3].tolist()
    assert repr(layer) == "Embedding(codes=6, width=3)"


def test_the_row_of_the_padding_starts_as_0_and_stays():
    layer, plain = nn.Embedding(6, 3, padding=4, seed=1), nn.Embedding(6, 3, seed=1)
    table, other = (one.parameters()["weight"].value for one in (layer, plain))
    assert not table[4].any()
    np.testing.assert_array_equal(np.delete(table, 4, 0), np.delete(other, 4, 0))
    weights = RNG.normal(size=(2, 3, 3))
    gradients = [cr.sum(one(CODES) * weights).gradients()["weight"].value for one in (layer, plain)]
    assert not gradients[0][4].any()
    assert gradients[1][4].any()
    np.testing.assert_array_equal(*(np.delete(g, 4, 0) for g in gradients))
    for engine in ("compiled", "reference"):
        model = nn.Sequential(
            nn.Embedding(6, 3, padding=4, seed=1), nn.RNN(3, 4, returns="last"), nn.Linear(4, 1)
        )
        cr.fit(model, (CODES, np.array([1.0, 2.0])), epochs=5, engine=engine)
        after = model.parameters()["layers.0.weight"].value
        assert not after[4].any()
        assert np.abs(after[1] - table[1]).max() > 1e-5


def test_initial_values():
    values = nn.Embedding(5000, 4, seed=3).parameters()["weight"].value
    assert abs(values.std() - 1) < 0.02
    assert nn.Embedding(4, 2, init="constant(2)", padding=0)([0, 3]).value.tolist() == [
        [0.0, 0.0],
        [2.0, 2.0],
    ]


@pytest.mark.parametrize("code", [-1, 6])
def test_a_code_beyond_the_table_is_refused(code):
    model = nn.Sequential(nn.Embedding(6, 3), nn.Linear(3, 1))
    with pytest.raises(
        OptionError, match=rf"layers.0: expected codes from 0 to 5, got codes from .*{code}"
    ):
        model([0, code])
    found = model.predict(np.array([0, code]))
    assert np.isnan(found).ravel().tolist() == [False, True]
    with pytest.raises(TrainingError):
        cr.fit(model, (np.array([0, 1, code]), [0.5, 1.5, 2.5]), epochs=1)


def test_floats_are_refused():
    for use in (nn.Embedding(6, 3), nn.Embedding(6, 3).predict):
        with pytest.raises(OptionError, match="integers"):
            use([[0.5, 1.0]])


def test_settings_out_of_range_are_refused():
    for wrong in ((0, 2), (2, 0), (2.5, 2)):
        with pytest.raises(OptionError, match="Embedding"):
            nn.Embedding(*wrong)
    with pytest.raises(OptionError, match="Embedding padding: expected a whole number"):
        nn.Embedding(3, 2, padding=3)


def test_the_summary_asks_for_the_number_of_codes():
    model = nn.Sequential(nn.Embedding(6, 3), nn.GRU(3, 4, returns="outputs"), nn.Linear(4, 2))
    with pytest.raises(OptionError, match=r"shape=\(T, D\) for sequences"):
        nn.summary(model)
    rows = [(row.layer, row.shape, row.parameters) for row in nn.summary(model, (7,))]
    assert rows == [
        ("Embedding", (7, 3), 18),
        ("GRU", (7, 4), 3 * 4 * (3 + 4 + 2)),
        ("Linear", (7, 2), 10),
    ]
    with pytest.raises(OptionError, match=r"for sequences"):
        nn.summary(nn.LSTM(3, 4))
    assert nn.summary(nn.LSTM(3, 4), (7, 3))[0].shape == ((7, 4), ((4,), (4,)))
    assert "GRU" in model._repr_html_()
