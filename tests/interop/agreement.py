"""Compare a PyTorch module with its recording: outputs, gradients and buffers."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch.utils import _pytree as pytree

import chainrule as cr


def randomised(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """A copy in float64 with random parameters and statistics."""
    module = copy.deepcopy(module).double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for tensor in [*module.parameters(), *module.buffers()]:
            if tensor.is_floating_point():
                tensor.copy_(0.2 + torch.rand(tensor.shape, generator=generator).double())
                negative = torch.rand(tensor.shape, generator=generator) < 0.4
                tensor.mul_(torch.where(negative, -1, 1))
        for name, buffer in module.named_buffers():
            if name.endswith("running_var"):
                buffer.abs_()
    return module


def check(module: torch.nn.Module, inputs: tuple, *, training: bool, rtol: float = 1e-9) -> None:
    """Assert that outputs, all gradients and all updated buffers agree with PyTorch's."""
    close = {"rtol": rtol, "atol": 1e-12}
    module = randomised(module).train(training)
    model = cr.from_torch(module, *inputs)
    theirs = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    ours = [cr.variable(x.numpy(), f"in{i}") if x.is_floating_point() else x.numpy()
            for i, x in enumerate(inputs)]  # fmt: skip

    expected = pytree.tree_leaves(
        module(*[x.clone() for x in theirs])
    )  # a module may write into its input
    scope = model.scope(training=training)
    found = pytree.tree_leaves(
        model.apply(scope, tuple(cr.ops.tensor.lift(x) for x in ours)),
        is_leaf=lambda part: isinstance(part, cr.Tensor),
    )
    assert len(found) == len(expected)
    weights = [np.random.default_rng(i).uniform(0.5, 2, y.shape) for i, y in enumerate(expected)]
    for one, other in zip(found, expected, strict=True):
        assert one.shape == tuple(other.shape)
        np.testing.assert_allclose(one.value, other.detach().numpy(), **close)

    loss = sum((y * torch.tensor(w)).sum() for y, w in zip(expected, weights, strict=True))
    total = cr.ops.tensor.lift(0.0)
    for y, w in zip(found, weights, strict=True):
        total = total + (y * w).sum()
    if loss.requires_grad:
        loss.backward()
        gradients = total.gradients()
        wanted = dict(module.named_parameters())
        wanted |= {f"in{i}": x for i, x in enumerate(theirs)}
        assert set(gradients) == {n for n, p in wanted.items() if p.grad is not None}
        for name, gradient in gradients.items():
            np.testing.assert_allclose(
                gradient.value, wanted[name].grad.numpy(), **close, err_msg=name
            )
    buffers = dict(module.named_buffers())
    for name, tensor in {**model.buffers(), **scope.updates}.items():
        np.testing.assert_allclose(tensor.value, buffers[name].numpy(), **close, err_msg=name)
