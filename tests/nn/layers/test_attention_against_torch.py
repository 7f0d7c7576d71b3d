"""Layers of attention against PyTorch's, in value and every gradient, where it is installed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

torch = pytest.importorskip("torch")
functional = torch.nn.functional

RNG = np.random.default_rng(3)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}
NAMES = {
    "in_proj_weight": "in_weight",
    "in_proj_bias": "in_bias",
    "out_proj.weight": "out_weight",
    "out_proj.bias": "out_bias",
}
"""Our names of the parameters of PyTorch's attention."""

IN_A_BLOCK = {
    **{f"self_attn.{theirs}": f"attention.{ours}" for theirs, ours in NAMES.items()},
    **{f"linear1.{kind}": f"hidden.{kind}" for kind in ("weight", "bias")},
    **{f"linear2.{kind}": f"out.{kind}" for kind in ("weight", "bias")},
    **{f"norm{i}.{kind}": f"norm{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias")},
}

T, S, B, D = 5, 4, 3, 8
PADDING = np.arange(T) < np.array([[5], [3], [1]])


def randomised(module: Any) -> Any:
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(torch.from_numpy(RNG.normal(size=tuple(p.shape)) * 0.5))
    return module


def exchanged(layer: nn.Layer, module: Any, names: dict[str, str]) -> None:
    """Give the layer the values of the module, and see that they come back unchanged."""
    layer.load({names[name]: p.detach().numpy() for name, p in module.named_parameters()})
    state = {name: torch.tensor(layer.parameters()[names[name]].value) for name in names}
    module.load_state_dict(state)


def compare(
    ours: cr.Tensor, theirs: Any, names: dict[str, str], module: Any, inputs: dict[str, Any]
) -> None:
    """The same output, and the same gradients of the parameters and of the inputs."""
    np.testing.assert_allclose(ours.value, theirs.detach().numpy(), **CLOSE)
    weights = RNG.normal(size=ours.shape)
    (theirs * torch.from_numpy(weights)).sum().backward()
    gradients = cr.sum(ours * weights).gradients()
    wanted = {names[name]: p for name, p in module.named_parameters()} | inputs
    assert set(gradients) == set(wanted)
    for name, p in wanted.items():
        np.testing.assert_allclose(gradients[name].value, p.grad.numpy(), err_msg=name, **CLOSE)


@pytest.mark.parametrize("mask", ["none", "padding", "causal", "pairs"])
def test_self_attention(mask):
    module = randomised(torch.nn.MultiheadAttention(D, 2, batch_first=True).double())
    layer = nn.MultiHeadAttention(D, 2, causal=mask == "causal")
    exchanged(layer, module, NAMES)
    x = RNG.normal(size=(B, T, D))
    theirs = torch.from_numpy(x).requires_grad_()
    pairs = RNG.random((B, T, T)) < 0.5
    pairs[..., 0] = True
    options: dict[str, Any] = {}
    given: Any = cr.variable(x, "x")
    own = given
    if mask == "padding":
        options["key_padding_mask"] = torch.from_numpy(~PADDING)
        own = {"x": given, "mask": PADDING.astype(int)}
    elif mask == "causal":
        options["attn_mask"] = torch.from_numpy(~np.tri(T, dtype=bool))
    elif mask == "pairs":
        options["attn_mask"] = torch.from_numpy(~pairs).repeat_interleave(2, 0)
        own = {"x": given, "mask": pairs}
    expected = module(theirs, theirs, theirs, need_weights=False, **options)[0]
    compare(layer(own), expected, NAMES, module, {"x": theirs})


def test_cross_attention():
    module = randomised(torch.nn.MultiheadAttention(D, 4, batch_first=True).double())
    layer = nn.MultiHeadAttention(D, 4)
    exchanged(layer, module, NAMES)
    x, memory = RNG.normal(size=(B, T, D)), RNG.normal(size=(B, S, D))
    counts = np.arange(S) < np.array([[4], [2], [1]])
    a, b = (torch.from_numpy(array).requires_grad_() for array in (x, memory))
    expected = module(a, b, b, key_padding_mask=torch.from_numpy(~counts))[0]
    own = {"x": cr.variable(x, "x"), "memory": cr.variable(memory, "memory"), "mask": counts}
    compare(layer(own), expected, NAMES, module, {"x": a, "memory": b})


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_blocks(norm, activation, causal):
    module = randomised(
        torch.nn.TransformerEncoderLayer(
            D, 2, 12, 0.0, activation, batch_first=True, norm_first=norm == "pre"
        ).double()
    )
    layer = nn.TransformerBlock(D, 2, 12, causal=causal, activation=activation, norm=norm)
    exchanged(layer, module, IN_A_BLOCK)
    x = RNG.normal(size=(B, T, D))
    theirs = torch.from_numpy(x).requires_grad_()
    mask = torch.from_numpy(~np.tri(T, dtype=bool)) if causal else None
    expected = module(theirs, src_mask=mask, src_key_padding_mask=torch.from_numpy(~PADDING))
    found = layer({"x": cr.variable(x, "x"), "mask": PADDING})["x"]
    compare(found, expected, IN_A_BLOCK, module, {"x": theirs})


IN_A_DECODER = {
    **IN_A_BLOCK,
    **{f"multihead_attn.{theirs}": f"cross.{ours}" for theirs, ours in NAMES.items()},
    **{f"norm3.{kind}": f"norm3.{kind}" for kind in ("weight", "bias")},
}


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_decoder_blocks(activation):
    module = randomised(
        torch.nn.TransformerDecoderLayer(
            D, 2, 12, 0.0, activation, batch_first=True, norm_first=True
        ).double()
    )
    layer = nn.TransformerDecoderBlock(D, 2, 12, activation=activation)
    exchanged(layer, module, IN_A_DECODER)
    x, memory = RNG.normal(size=(B, T, D)), RNG.normal(size=(B, S, D))
    counts = np.arange(S) < np.array([[4], [2], [1]])
    a, b = (torch.from_numpy(array).requires_grad_() for array in (x, memory))
    mask = torch.from_numpy(~np.tri(T, dtype=bool))
    expected = module(a, b, tgt_mask=mask, memory_key_padding_mask=torch.from_numpy(~counts))
    own = {"x": cr.variable(x, "x"), "memory": cr.variable(memory, "memory"), "mask": counts}
    compare(layer(own)["x"], expected, IN_A_DECODER, module, {"x": a, "memory": b})
    exported = layer.to_torch()
    given = {"x": a.detach(), "memory": b.detach(), "mask": torch.from_numpy(counts)}
    np.testing.assert_allclose(exported(given)["x"].detach(), expected.detach(), **CLOSE)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_scaled_dot_product_attention(causal, masked):
    arrays = [RNG.normal(size=shape) for shape in ((2, 3, 6, 4), (2, 3, 6, 4), (2, 3, 6, 2))]
    mask = RNG.random((2, 1, 6, 6)) < 0.6
    mask[..., 0] = True
    theirs = [torch.from_numpy(a).requires_grad_() for a in arrays]
    both = mask & np.tri(6, dtype=bool) if causal else mask
    expected = functional.scaled_dot_product_attention(
        *theirs,
        attn_mask=torch.from_numpy(both) if masked else None,
        is_causal=causal and not masked,
        scale=0.7,
    )
    ours = [cr.variable(a, name) for a, name in zip(arrays, "qkv", strict=True)]
    found = cr.attention(*ours, mask if masked else None, causal=causal, scale=0.7)
    weights = RNG.normal(size=found.shape)
    (expected * torch.from_numpy(weights)).sum().backward()
    np.testing.assert_allclose(found.value, expected.detach().numpy(), **CLOSE)
    gradients = cr.sum(found * weights).gradients()
    for tensor, name in zip(theirs, "qkv", strict=True):
        np.testing.assert_allclose(gradients[name].value, tensor.grad.numpy(), **CLOSE)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore", [-100, 2])
def test_cross_entropy(ignore, weighted, smoothing):
    z, y = RNG.normal(size=(6, 7, 5)) * 2, RNG.integers(0, 5, (6, 7))
    y[1:3, 2:] = ignore
    weights = RNG.uniform(0.2, 2.0, 5) if weighted else None
    theirs = torch.from_numpy(z).requires_grad_()
    expected = functional.cross_entropy(
        theirs.reshape(-1, 5),
        torch.from_numpy(y).reshape(-1),
        None if weights is None else torch.from_numpy(weights),
        ignore_index=ignore,
        label_smoothing=smoothing,
    )
    expected.backward()
    value, gradient = cr.value_and_grad(
        lambda z: cr.cross_entropy(z, y, weights, ignore=ignore, label_smoothing=smoothing)
    )(z)
    np.testing.assert_allclose(value, expected.item(), **CLOSE)
    np.testing.assert_allclose(gradient, theirs.grad.numpy(), **CLOSE)


def test_tied_parameters_stay_tied():
    model = nn.Sequential(nn.Linear(4, 4, None, seed=1), nn.Tanh(), nn.Linear(4, 4, None, seed=2))
    nn.tie(model, "layers.2.weight", to="layers.0.weight")
    module = model.to_torch()
    assert [name for name, _ in module.named_parameters()] == ["layers.0.weight"]
    x = RNG.normal(size=(3, 4))
    y = module(torch.from_numpy(x))
    np.testing.assert_allclose(y.detach().numpy(), model(x).value, **CLOSE)
    y.square().sum().backward()
    gradient = cr.sum(model(x) ** 2).gradients()["layers.0.weight"]
    np.testing.assert_allclose(gradient.value, module.layers[0].weight.grad.numpy(), **CLOSE)
