"""What recurrent layers refuse, each in one clear line."""

from __future__ import annotations

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import DataError, OptionError, ShapeError, UnknownNameError

X = np.ones((2, 4, 3))
LENGTHS = np.array([4, 2])
H = np.zeros((2, 5))

SETTINGS = {
    "RNN inputs": lambda: nn.RNN(0, 5),
    "GRU hidden": lambda: nn.GRU(3, 2.5),
    "LSTM layers": lambda: nn.LSTM(3, 5, 0),
    "LSTM bias": lambda: nn.LSTM(3, 5, bias="own"),
    "GRU bidirectional": lambda: nn.GRU(3, 5, bidirectional="both"),
    "dropout": lambda: nn.LSTM(3, 5, 2, dropout=1.0),
    "GRU dropout": lambda: nn.GRU(3, 5, dropout=0.5),
    "RNN returns": lambda: nn.RNN(3, 5, returns="y"),
    "RNN activation": lambda: nn.RNN(3, 5, activation="sigmoid"),
    "LSTM forget_bias": lambda: nn.LSTM(3, 5, forget_bias="open"),
    "initialiser": lambda: nn.GRU(3, 5, recurrent_init="orthogonall"),
}


@pytest.mark.parametrize("where", SETTINGS)
def test_settings_out_of_range(where):
    with pytest.raises((OptionError, UnknownNameError), match=f"^{where}"):
        SETTINGS[where]()


INPUTS = {
    "another width": (np.ones((2, 4, 2)), r"sequences \(…, T, 3\), got \(2, 4, 2\)"),
    "one axis": (np.ones(3), r"sequences \(…, T, 3\), got \(3,\)"),
    "no step": (np.ones((2, 0, 3)), r"one step of time, or more, got none, in \(2, 0, 3\)"),
    "no step of one sample": (np.ones((0, 3)), r"one step of time, or more, got none"),
    "three inputs": ((X, H, H), r"a pair \(x, state\), or a dict .*, got a tuple of 3"),
    "another key": ({"x": X, "length": LENGTHS}, r"got a dict with 'x', 'length'"),
    "no x": ({"inputs": X}, r"got a dict with 'inputs'"),
    "both": (
        {"x": X, "lengths": LENGTHS, "mask": np.ones((2, 4), bool)},
        r"expected lengths or a mask, got both",
    ),
    "lengths beyond": (
        {"x": X, "lengths": np.array([5, 2])},
        r"lengths: expected numbers from 0 to 4, the steps in x, got numbers from 2 to 5",
    ),
    "lengths below": ({"x": X, "lengths": np.array([-1, 2])}, r"got numbers from -1 to 2"),
    "lengths of floats": (
        {"x": X, "lengths": np.array([1.0, 2.0])},
        r"lengths: expected a tensor of integers",
    ),
    "lengths of another batch": (
        {"x": X, "lengths": np.array([1, 2, 3])},
        r"lengths: expected shape \(2,\), got \(3,\)",
    ),
    "a mask of another shape": (
        {"x": X, "mask": np.ones((2, 4, 1), bool)},
        r"mask: expected shape \(2, 4\), got \(2, 4, 1\)",
    ),
}


@pytest.mark.parametrize("case", INPUTS)
def test_inputs(case):
    x, words = INPUTS[case]
    for layer in (nn.RNN(3, 5), nn.LSTM(3, 5, name="memory"), nn.Sequential(nn.GRU(3, 5))):
        with pytest.raises((OptionError, ShapeError)) as raised:
            layer(x)
        text = str(raised.value)
        assert "\n" not in text
        assert re.search(words, text)
        assert text.startswith(("RNN", "memory", "layers.0"))


def test_inputs_of_another_kind():
    class Codes(nn.Layer):
        def apply(self, scope, x):
            return x.astype(int)

    with pytest.raises(OptionError, match=r"layers.1: expected a tensor of floats, got i64"):
        nn.Sequential(Codes(), nn.GRU(3, 5))(X)


STATES = {
    "one of a pair": (nn.LSTM(3, 5), H, r"\(h, c\), each of shape \(2, 5\), got shape \(2, 5\)"),
    "a pair of one": (nn.GRU(3, 5), (H, H), r"h of shape \(2, 5\), got \(shape \(2, 5\), shape"),
    "another width": (nn.RNN(3, 5), H[:, :4], r"h of shape \(2, 5\), got shape \(2, 4\)"),
    "as PyTorch has it": (
        nn.GRU(3, 5, 2),
        np.zeros((2, 2, 5)),
        r"a tuple of 2, one for each layer",
    ),
    "of fewer layers": (nn.GRU(3, 5, 3), (H, H), r"a tuple of 3, one for each layer and direction"),
    "of one direction": (
        nn.LSTM(3, 5, bidirectional=True),
        (H, H),
        r"a tuple of 2, one for each layer and direction: \(h, c\), each of shape \(2, 5\)",
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_states(case):
    layer, state, words = STATES[case]
    with pytest.raises(ShapeError, match=f"{layer.kind} state: expected {words}"):
        layer((X, state))


def test_sequences_of_different_lengths_without_lengths():
    """In a list, which is no array: the error says how to bring them to one length."""
    ragged = [np.ones((4, 3)), np.ones((2, 3))]
    for model in (nn.LSTM(3, 5), nn.Sequential(nn.LSTM(3, 5, returns="last"), nn.Linear(5, 1))):
        for use in (model, model.predict):
            with pytest.raises((ShapeError, OptionError, DataError)) as raised:
                use(ragged)
            text = str(raised.value)
            assert "\n" not in text
            assert "nn.padded" in text, text
    with pytest.raises(DataError, match=r"rows of one length.*nn\.padded"):
        cr.fit(nn.Sequential(nn.GRU(3, 5, returns="last"), nn.Linear(5, 1)), (ragged, [1.0, 2.0]))


def test_rows_that_cannot_be_padded():
    with pytest.raises(OptionError, match="padded: expected one sequence, or more, got none"):
        nn.padded([])
    with pytest.raises(ShapeError, match=r"padded row 1: expected .* as in row 0, .*got shape"):
        nn.padded([np.ones((2, 3)), np.ones((2, 4))])
    with pytest.raises(ShapeError, match=r"padded row 0: expected a sequence"):
        nn.padded([1.0, 2.0])
