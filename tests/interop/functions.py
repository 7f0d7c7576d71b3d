"""Functions of PyTorch, with inputs."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from interop.inputs import ROWS, X, floats, whole


def _write_a_column(self, x):
    y = x * 2
    first = y[:, 0]
    y[:, 0] += 1
    y[:, 1:].mul_(x[:, 1:])
    return y + first.unsqueeze(1)


def _create_constants(self, x):
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
    "constants": (_create_constants, floats(2, 3)),
    "detached": (lambda s, x: x * x.detach() + (x * 2).detach(), ROWS),
    "single precision inside": (
        lambda s, x: x.to(torch.float32).double() * x,
        ROWS.float().double(),
    ),
    "products and quotients added": (
        lambda s, x, y: (
            torch.addcmul(x, x, y, value=2)
            + torch.addcdiv(x, x, y + 5)
            + torch.lerp(x, y, 0.3)
            + torch.true_divide(x, 3)
            + (+x)
            + x.sign()
        ),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "relations": (
        lambda s, x, y: (
            (x == y)
            + (x != y)
            + (x >= y) * x
            + (x <= 0) * y
            + torch.logical_and(x > 0, y > 0) * x
            + torch.logical_or(x > 0, y > 0) * y
            + torch.logical_not(x > 0) * x
            + (x > 1).any()
            + (x > -1).all(1, keepdim=True)
        ),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "bounds": (lambda s, x: x.clamp_max(1.0) + x.clip(-1, 0.5) + F.relu6(x * 4), ROWS),
    "other names": (
        lambda s, x: (
            torch.concat([x, x])
            + torch.concatenate([x, x * x])
            + x.swapaxes(0, 1).swapdims(0, 1).mT.mT.repeat(2, 1).type_as(x)
        ),
        ROWS,
    ),
    "shapes of others": (
        lambda s, x: x.view_as(x.t()).reshape_as(x) + x[:1].broadcast_to(3, 4),
        ROWS,
    ),
    "vectors": (
        lambda s, x: torch.mv(x, x[0]) + torch.dot(x[0], x[1]) + torch.addmv(x[:, 0], x, x[1]),
        ROWS,
    ),
    "baddbmm": (lambda s, x: torch.baddbmm(x, x, x, beta=0.5), floats(2, 3, 3)),
    "mean beside variance": (lambda s, x: sum(torch.var_mean(x, dim=1, keepdim=True)), ROWS),
    "one of the norms": (lambda s, x: torch.norm(x, p=1, dim=1) + torch.norm(x, p=3), ROWS),
    "filled": (
        lambda s, x: (
            torch.full_like(x, 2.0) * x
            + torch.zeros_like(x).fill_(3.0) * x
            + torch.empty_like(x).zero_()
            + torch.eye(4)[:3] * x
            + x.new_ones(4)
            + x.new_full((4,), 2)
            + x.new_zeros(3, 1)
            + torch.ones(4) * x
            + torch.full((4,), 7) * x
            + torch.linspace(0, 1, 4, dtype=X)
            + x.new_empty(4).zero_()
            + torch.empty(4).zero_()
        ),
        ROWS,
    ),
    "three axes": (
        lambda s, x: (
            F.max_pool3d(x, 2, 1).sum()
            + F.avg_pool3d(x, 2, 1).mean()
            + F.adaptive_avg_pool3d(x, 1)
            + F.conv_transpose3d(x, x[0].unsqueeze(1)).sum()
        ),
        floats(1, 2, 3, 3, 2),
    ),
    "core forms": (
        lambda s, x: (
            torch._softmax(x, -1, False)
            + torch._log_softmax(x, -1, False)
            + torch.constant_pad_nd(x, (1, 0, 0, 0), 2.0)[:, :4]
            + torch.ops.aten._unsafe_view(x, [4, 3]).t()
            + torch.ops.aten._unsafe_index(x, [torch.tensor([2, 0, 1])])
        ),
        ROWS,
    ),
    "convolution, as it is inside": (
        lambda s, x, w: (
            torch.convolution(x, w, None, [2], [1], [1], False, [0], 1).sum()
            + torch.convolution(x, w.transpose(0, 1), None, [2], [1], [1], True, [1], 1)
        ),
        floats(2, 4, 7),
        floats(3, 4, 2),
    ),
}
