"""Functions of PyTorch's as modules, with inputs."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from interop.drawing import ROWS, X, floats, whole


def _write_a_column(self, x):
    y = x * 2
    first = y[:, 0]
    y[:, 0] += 1
    y[:, 1:].mul_(x[:, 1:])
    return y + first.unsqueeze(1)


def _made_constants(self, x):
    steps = torch.arange(x.shape[-1], dtype=x.dtype)
    return x * steps + torch.ones_like(x) * torch.tensor([1.0, 2.0, 3.0], dtype=X)


FUNCTIONS = {
    "arithmetic": (
        lambda s, x, y: (2 - x) * y / (x + 3) - 0.5 * x + x**2,
        ROWS,
        floats(3, 4, seed=1),
    ),
    "alpha": (lambda s, x: torch.add(x, x * x, alpha=3) - torch.rsub(x, 2.0, alpha=2), ROWS),
    "elementary": (
        lambda s, x: x.exp() + x.log() * x.sqrt() + x.sin() * x.cos() + x.rsqrt(),
        floats(3, 4, low=0.5),
    ),
    "more elementary": (
        lambda s, x: (
            x.log1p()
            + x.expm1()
            + x.reciprocal()
            + x.erf()
            + x.sinh()
            + x.cosh()
            + x.tan()
            + x.log2()
            + x.log10()
            + torch.exp2(x)
            + x.square()
        ),
        floats(3, 4, low=0.2, high=1.2),
    ),
    "choices": (
        lambda s, x: (
            torch.where(x > 0, x, x * x)
            + x.clamp(-1, 1)
            + x.clamp(min=0.5)
            + x.abs()
            + torch.maximum(x, -x / 2)
            + torch.minimum(x, x * x)
        ),
        ROWS,
    ),
    "logic": (lambda s, x: x.masked_fill((x > 0) & ~(x > 1) | (x < -1), 0.0), ROWS),
    "cat and stack": (
        lambda s, x: torch.stack([torch.cat([x, x * x], 1), torch.cat([-x, x], 1)]),
        ROWS,
    ),
    "views": (
        lambda s, x: x.view(2, -1).reshape(4, 3).permute(1, 0).t().transpose(0, 1)[None],
        ROWS,
    ),
    "squeezes": (lambda s, x: x.unsqueeze(1).squeeze(1).unsqueeze(-1).squeeze(), ROWS),
    "slices": (lambda s, x: x[1:, ::2] * x[-1, 1] + x[..., -2:].flip(0)[:2], ROWS),
    "narrow": (lambda s, x: x.narrow(1, 1, 2) + x.select(1, 0)[:, None], ROWS),
    "splits": (lambda s, x: sum(x.split(2, 1)) + x.chunk(2, 1)[0] * x.unbind(1)[3][:, None], ROWS),
    "expand": (
        lambda s, x: x[:, :1].expand(3, 4) + x[0].expand_as(x) + x[:, 1].repeat(4, 1).t(),
        ROWS,
    ),
    "indexing": (lambda s, x: x[[0, 2, 2]] * x.index_select(1, torch.tensor([3, 1, 0, 0])), ROWS),
    "gather": (lambda s, x: x.gather(1, torch.tensor([[0, 1], [3, 3], [2, 0]])), ROWS),
    "roll and triangle": (lambda s, x: torch.roll(x, 1, 0).tril() + x.roll(-2, 1).triu(1), ROWS),
    "reductions": (lambda s, x: x.sum(0) + x.mean(1).sum() + x.mean() * x.sum((0, 1)), ROWS),
    "spread": (lambda s, x: x.var(0) + x.std(1, unbiased=False).sum() + x.var(), ROWS),
    "extremes": (lambda s, x: x.amax(0) + x.amin(1).sum() + x.logsumexp(0) + x.cumsum(1)[0], ROWS),
    "places": (
        lambda s, x: (
            x.max(1)[0]
            + x.min(1).values * x.max(1).indices
            + x.max()
            + x.gather(1, x.argmax(1, keepdim=True)) * x.argmin(0).sum()
        ),
        ROWS,
    ),
    "norms": (lambda s, x: F.normalize(x, dim=1) + x.norm() + x.norm(dim=0) + x.prod(0), ROWS),
    "products": (
        lambda s, x, y: x @ y.T + torch.mm(x, y.T) + x[0] @ y[0],
        ROWS,
        floats(3, 4, seed=1),
    ),
    "batched products": (
        lambda s, x: torch.bmm(x, x.transpose(1, 2)) + x @ x[0].T,
        floats(2, 3, 4),
    ),
    "addmm": (lambda s, x: torch.addmm(x[:, :3], x, x.T, beta=0.5, alpha=2), ROWS),
    "einsum": (
        lambda s, x, y: torch.einsum("bij,bkj->bik", x, y),
        floats(2, 3, 4),
        floats(2, 5, 4),
    ),
    "einsum over all": (lambda s, x: torch.einsum("ij,ij->", x, x * x), ROWS),
    "attention": (lambda s, x: F.scaled_dot_product_attention(x, x * 2, x + 1), floats(2, 2, 3, 4)),
    "causal attention": (
        lambda s, x: F.scaled_dot_product_attention(x, x, x, is_causal=True, scale=0.3),
        floats(2, 3, 4),
    ),
    "masked attention": (
        lambda s, x: F.scaled_dot_product_attention(x, x, x, attn_mask=x[0, :, :3] > -1.5),
        floats(2, 3, 4),
    ),
    "one hot": (lambda s, i: F.one_hot(i, 5).double() * 2.0, whole(3, below=5)),
    "written in place": (_write_a_column, ROWS),
    "constants": (_made_constants, floats(2, 3)),
    "detached": (lambda s, x: x * x.detach() + (x * 2).detach(), ROWS),
    "single precision inside": (
        lambda s, x: x.to(torch.float32).double() * x,
        ROWS.float().double(),
    ),
}
