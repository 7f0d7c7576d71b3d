"""Recurrent layers and PyTorch's: the same values, gradients and names, weights both ways."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.errors import OptionError
from chainrule.ops.tensor import constant

torch = pytest.importorskip("torch")

B, T, D, H = 4, 5, 3, 4
LENGTHS = np.array([5, 1, 4, 2])
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
RNG = np.random.default_rng(5)
KINDS = {
    "rnn": (nn.RNN, torch.nn.RNN, {}, {}),
    "rnn, relu": (nn.RNN, torch.nn.RNN, {"activation": "relu"}, {"nonlinearity": "relu"}),
    "lstm": (nn.LSTM, torch.nn.LSTM, {}, {}),
    "gru": (nn.GRU, torch.nn.GRU, {}, {}),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
COMBINATIONS = list(itertools.product((1, 2), (False, True), (False, True), (False, True)))


def pair(kind, layers, bidirectional, **options):
    """Our layer and PyTorch's with the same parameters, which ours takes by PyTorch's names."""
    ours, theirs, own, others = KINDS[kind]
    options = {"bidirectional": bidirectional, **options}
    theirs = theirs(D, H, layers, batch_first=True, **others, **options).double()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.tensor(RNG.normal(size=parameter.shape) * 0.6))
    layer = ours(D, H, layers, **own, **options)
    layer.load({name: value.numpy() for name, value in theirs.state_dict().items()})
    return layer, theirs


def leaves(state):
    return [p for one in state for p in leaves(one)] if isinstance(state, tuple) else [state]


@every_kind
@pytest.mark.parametrize(("layers", "bidirectional", "state", "lengths"), COMBINATIONS)
def test_values_and_every_gradient(kind, layers, bidirectional, state, lengths):
    layer, theirs = pair(kind, layers, bidirectional)
    passes, parts = layers * (1 + bidirectional), 1 + (kind == "lstm")
    x, starts = RNG.normal(size=(B, T, D)), RNG.normal(size=(parts, passes, B, H))
    weights = RNG.normal(size=(B, T, H * (1 + bidirectional)))
    ends = RNG.normal(size=(parts, passes, B, H))

    x_theirs, given = (torch.tensor(a, requires_grad=True) for a in (x, starts))
    hx = (tuple(given) if parts > 1 else given[0]) if state else None
    rows = x_theirs
    if lengths:
        rows = torch.nn.utils.rnn.pack_padded_sequence(
            x_theirs, torch.tensor(LENGTHS), batch_first=True, enforce_sorted=False
        )
    y, last = theirs(rows, hx)
    if lengths:
        y, _ = torch.nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=T)
    last = torch.stack(last if parts > 1 else (last,))
    loss = (y * torch.tensor(weights)).sum() + (last * torch.tensor(ends)).sum()
    loss.backward()

    ours = cr.variables(**{f"s{k}_{p}": starts[p, k] for k in range(passes) for p in range(parts)})
    tree = [tuple(ours[k * parts : (k + 1) * parts]) for k in range(passes)]
    tree = [one if parts > 1 else one[0] for one in tree]
    inputs = {"x": cr.variable(x, "x")}
    inputs |= {"state": tuple(tree) if passes > 1 else tree[0]} if state else {}
    inputs |= {"lengths": constant(LENGTHS)} if lengths else {}
    outputs, found = layer(inputs)
    np.testing.assert_allclose(outputs.value, y.detach().numpy(), **CLOSE)
    flat = leaves(found)
    total = cr.sum(outputs * weights)
    for n, one in enumerate(flat):
        k, p = divmod(n, parts)
        np.testing.assert_allclose(one.value, last[p, k].detach().numpy(), **CLOSE)
        total = total + cr.sum(one * ends[p, k])
    gradients = {name: g.value for name, g in total.gradients().items()}
    np.testing.assert_allclose(gradients.pop("x"), x_theirs.grad.numpy(), **CLOSE)
    for k, p in itertools.product(range(passes), range(parts)) if state else ():
        found = gradients.pop(f"s{k}_{p}")
        np.testing.assert_allclose(found, given.grad[p, k].numpy(), **CLOSE)
    assert set(gradients) == {name for name, _ in theirs.named_parameters()}
    for name, parameter in theirs.named_parameters():
        np.testing.assert_allclose(gradients[name], parameter.grad.numpy(), **CLOSE, err_msg=name)


@every_kind
@pytest.mark.parametrize("returns", ["both", "outputs", "last"])
def test_to_torch_takes_and_returns_the_same_trees(kind, returns):
    for bidirectional in (False, True):
        cls, _, own, _ = KINDS[kind]
        layer = cls(D, H, 2, bidirectional=bidirectional, returns=returns, seed=3, **own)
        module = layer.to_torch()
        assert set(module.state_dict()) == set(layer.parameters())
        parts, passes = 1 + (kind == "lstm"), 2 * (1 + bidirectional)
        x = RNG.normal(size=(B, T, D))
        flat = RNG.normal(size=(passes, parts, B, H))
        state = tuple(tuple(one) if parts > 1 else one[0] for one in flat)
        for tree in (
            x,
            x[0],
            (x, state),
            {"x": x, "lengths": np.array([5, 0, 4, 1])},
            {"x": x, "state": state, "lengths": np.array([5, 0, 4, 1])},
        ):
            theirs = torch.utils._pytree.tree_map(torch.tensor, tree)
            expected = torch.utils._pytree.tree_leaves(module(theirs))
            found = leaves(layer(tree))
            assert len(found) == len(expected)
            for one, other in zip(found, expected, strict=True):
                np.testing.assert_allclose(one.value, other.detach().numpy(), **CLOSE)
    with pytest.raises(ValueError, match="no mask"):
        module({"x": torch.zeros(1, T, D), "mask": torch.ones(1, T)})


def test_an_embedding_is_exchanged():
    theirs = torch.nn.Embedding(6, 3, padding_idx=2).double()
    layer = nn.Embedding(6, 3, padding=2)
    layer.load({name: value.numpy() for name, value in theirs.state_dict().items()})
    x = np.array([[0, 2, 5], [2, 1, 1]])
    weights = RNG.normal(size=(2, 3, 3))
    y = theirs(torch.tensor(x))
    (y * torch.tensor(weights)).sum().backward()
    loss = cr.sum(layer(x) * weights)
    np.testing.assert_array_equal(layer(x).value, y.detach().numpy())
    np.testing.assert_allclose(loss.gradients()["weight"].value, theirs.weight.grad.numpy())
    back = layer.to_torch()
    assert back.padding_idx == 2
    assert torch.equal(back(torch.tensor(x)), y)


class Model(torch.nn.Module):
    """A recurrent layer and a linear one, as users write them."""

    def __init__(self, recurrent, **options):
        super().__init__()
        self.r = recurrent(8, 16, batch_first=True, **options)
        self.fc = torch.nn.Linear(16, 3)

    def forward(self, x):
        return self.fc(self.r(x)[0][:, -1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_from_torch_takes_recurrent_modules_in_both_dtypes(kind, dtype):
    module = Model(getattr(torch.nn, kind))
    x = torch.tensor(RNG.normal(size=(2, 5, 8)), dtype=torch.float32)
    model = cr.from_torch(module, x, dtype=dtype)
    found = model(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.value, module(x).detach().numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model.predict(x.numpy()), found.value, rtol=1e-5, atol=1e-6)


def test_a_recorded_module_is_a_loop_over_time_whatever_its_length():
    model = cr.from_torch(Model(torch.nn.LSTM), torch.zeros(2, 5, 8))

    def graph(steps):
        return cr.trace(lambda x: model(x), cr.spec((2, steps, 8)))

    assert [n.kind for n in graph(5).nodes].count("scan") == 1
    assert len(graph(50).nodes) == len(graph(5).nodes)


def test_a_recorded_module_drops_between_layers_in_training():
    module = Model(torch.nn.GRU, num_layers=2, dropout=0.5).double()
    x = RNG.normal(size=(2, 5, 8))
    model = cr.from_torch(module, x)
    plain = model(x).value
    np.testing.assert_allclose(plain, module.eval()(torch.tensor(x)).detach().numpy(), **CLOSE)
    drawn = [model(x, training=True, step=step).value for step in (1, 1, 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).max() > 1e-3 < np.abs(drawn[0] - plain).max()


def test_packed_sequences_are_refused():
    class Packed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.r = torch.nn.LSTM(D, H, batch_first=True)

        def forward(self, x):
            lengths = torch.tensor([5, 2])
            packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
            return self.r(packed)[1][0]

    with pytest.raises(OptionError, match="from_torch"):
        cr.from_torch(Packed(), torch.zeros(2, 5, D))
