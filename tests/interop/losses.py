"""Loss functions of PyTorch, with inputs."""

from __future__ import annotations

import torch
from torch.nn import functional as F  # noqa: N812

from interop.inputs import IMAGE, ROWS, X, floats, whole

LOSSES = {
    "mse": (lambda s, x, y: F.mse_loss(x, y), ROWS, floats(3, 4, seed=1)),
    "mse, summed": (lambda s, x, y: F.mse_loss(x, y, reduction="sum"), ROWS, floats(3, 4, seed=1)),
    "l1": (lambda s, x, y: F.l1_loss(x, y), ROWS, floats(3, 4, seed=1)),
    "smooth l1": (lambda s, x, y: F.smooth_l1_loss(x, y, beta=0.5), ROWS, floats(3, 4, seed=1)),
    "huber": (lambda s, x, y: F.huber_loss(x, y, delta=0.7), ROWS, floats(3, 4, seed=1)),
    "cross entropy": (lambda s, x, y: F.cross_entropy(x, y), ROWS, whole(3, below=4)),
    "cross entropy of one": (lambda s, x, y: F.cross_entropy(x, y), floats(4), torch.tensor(2)),
    "cross entropy, each": (
        lambda s, x, y: F.cross_entropy(x, y, reduction="none"),
        ROWS,
        whole(3, below=4),
    ),
    "cross entropy, weighted": (
        lambda s, x, y: F.cross_entropy(x, y, weight=torch.tensor([1.0, 2, 0.5, 3], dtype=X)),
        ROWS,
        whole(3, below=4),
    ),
    "cross entropy, ignoring": (
        lambda s, x, y: F.cross_entropy(x, y, ignore_index=2),
        ROWS,
        torch.tensor([2, 1, 3]),
    ),
    "cross entropy, smoothed": (
        lambda s, x, y: F.cross_entropy(x, y, label_smoothing=0.1),
        ROWS,
        whole(3, below=4),
    ),
    "cross entropy, everything": (
        lambda s, x, y: F.cross_entropy(
            x, y, torch.tensor([1.0, 2, 0.5, 3], dtype=X), ignore_index=1, label_smoothing=0.2
        ),
        ROWS,
        torch.tensor([2, 1, 3]),
    ),
    "cross entropy of images": (
        lambda s, x, y: F.cross_entropy(x, y),
        IMAGE,
        whole(2, 6, 5, below=4),
    ),
    "cross entropy of probabilities": (
        lambda s, x, y: F.cross_entropy(x, y.softmax(1)),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "nll": (lambda s, x, y: F.nll_loss(x.log_softmax(1), y), ROWS, whole(3, below=4)),
    "bce": (
        lambda s, x, y: F.binary_cross_entropy(x.sigmoid(), y.sigmoid()),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "bce with logits": (
        lambda s, x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "bce with logits, weighted": (
        lambda s, x, y: F.binary_cross_entropy_with_logits(
            x,
            y.sigmoid(),
            weight=y.exp().detach(),
            pos_weight=torch.tensor([1.0, 2, 3, 4], dtype=X),
        ),
        ROWS,
        floats(3, 4, seed=1),
    ),
    "kl": (
        lambda s, x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"),
        ROWS,
        floats(3, 4, seed=1),
    ),
}
