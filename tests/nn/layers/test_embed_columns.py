"""Embedded columns, against one-hot columns and a matrix."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.layers.embed_columns import embedding_width

RNG = np.random.default_rng(0)


def test_it_is_a_one_hot_column_times_a_matrix():
    layer = nn.EmbedColumns(4, {3: (6, 2), 1: (4, 3)}, seed=1)
    x = RNG.normal(size=(9, 4))
    x[:, 1], x[:, 3] = RNG.integers(4, size=9), RNG.integers(6, size=9)
    first, second = np.eye(4)[x[:, 1].astype(int)], np.eye(6)[x[:, 3].astype(int)]
    tables = {name: tensor.value for name, tensor in layer.parameters().items()}
    assert {name: table.shape for name, table in tables.items()} == {
        "embedding1": (4, 3),
        "embedding3": (6, 2),
    }
    expected = [x[:, :1], first @ tables["embedding1"], x[:, 2:3], second @ tables["embedding3"]]
    y = layer(x)
    np.testing.assert_array_equal(y.value, np.concatenate(expected, 1))
    assert layer.outputs == y.shape[1] == 7
    weights = RNG.normal(size=y.shape)
    gradients = cr.sum(y * weights).gradients()
    np.testing.assert_allclose(gradients["embedding1"].value, first.T @ weights[:, 1:4])
    np.testing.assert_allclose(gradients["embedding3"].value, second.T @ weights[:, 5:])


def test_float32_holds_every_code():
    codes = 2**24
    assert all(np.float32(code) == code for code in (codes, codes - 1, codes - 2))
    table = np.zeros((70_000, 1))
    table[:, 0] = np.arange(70_000)
    layer = nn.EmbedColumns(1, {0: table.shape}, dtype=np.float32)
    layer.load({"embedding0": table})
    some = RNG.integers(70_000, size=(1000, 1)).astype(np.float32)
    np.testing.assert_array_equal(layer.predict(some), some)


@pytest.mark.parametrize("code", [-1.0, 3.0, np.nan])
def test_a_code_beyond_the_table_is_refused(code):
    layer = nn.Sequential(nn.EmbedColumns(2, {1: (3, 2)}), nn.Linear(3, 1))
    with pytest.raises(
        OptionError, match=rf"layers.0: expected codes from 0 to 2 in column 1, got .*{code:g}"
    ):
        layer([[0.0, 1.0], [0.0, code]])
    found = layer.predict(np.array([[0.0, 1.0], [0.0, code]]))
    assert np.isnan(found).ravel().tolist() == [False, True]


def test_settings_out_of_range_are_refused():
    for inputs, tables in ((0, {0: (2, 2)}), (2, {2: (2, 2)}), (2, {0: (0, 2)}), (2, {})):
        with pytest.raises(OptionError, match="EmbedColumns"):
            nn.EmbedColumns(inputs, tables)
    with pytest.raises(ShapeError, match=r"expected inputs \(…, 2\)"):
        nn.EmbedColumns(2, {0: (2, 2)})(np.zeros((3, 4)))


def test_the_summary_shows_the_tables():
    model = nn.Sequential(nn.EmbedColumns(4, {3: (3413, 48)}), nn.Linear(51, 2))
    assert [(row.layer, row.shape, row.parameters) for row in nn.summary(model)] == [
        ("EmbedColumns", (51,), 3413 * 48),
        ("Linear", (2,), 104),
    ]


def test_widths_grow_with_the_codes_up_to_fifty():
    widths = [embedding_width(codes) for codes in (1, 2, 10, 51, 400, 467, 10**6)]
    assert widths == sorted(widths)
    assert (widths[0], widths[-2], widths[-1]) == (2, 50, 50)
