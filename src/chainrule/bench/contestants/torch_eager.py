"""PyTorch in eager mode, with the fused Adam."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant, library
from chainrule.bench.contestants.setting import Setting, waiting_settings
from chainrule.bench.workloads import ADAM, EPS, MOMENTUM, Dense, Workload

__all__ = ["Torch", "TorchEager"]


class Torch(Contestant):
    """The base of both PyTorch contestants, which differ in how the loss is computed."""

    libraries: ClassVar[tuple[str, ...]] = ("torch",)

    def __init__(self, workload: Workload, threads: int) -> None:
        super().__init__(workload, threads)
        self.torch = library("torch")
        self.torch.set_num_threads(threads)
        x, y = workload.data()
        self.x, self.y = self.torch.from_numpy(x), self.torch.from_numpy(y)
        self._model: Any = None

    @classmethod
    def settings(cls, threads: int) -> list[Setting]:
        return waiting_settings(threads)

    def reset(self) -> None:
        torch = self.torch
        if self._model is None:
            self._model = _model(torch, self.layers)
            self.forward, self.loss = self._forward_and_loss(self._model)
        _fill(torch, self._model, self.layers)
        self._model.train(self.workload.samples is None)
        self._optimizer = torch.optim.Adam(
            self._model.parameters(),
            lr=self.workload.learning_rate,
            betas=(ADAM["beta1"], ADAM["beta2"]),
            eps=ADAM["eps"],
            fused=True,
        )

    @abstractmethod
    def _forward_and_loss(self, model: Any) -> tuple[Any, Any]:
        """A function for the forward pass, and one for the loss of a batch."""

    def batches(self, order: Array) -> Any:
        return list(self.torch.from_numpy(order))

    def run(self, batches: Any) -> Any:
        x, y, optimizer, loss_of = self.x, self.y, self._optimizer, self.loss
        losses = []
        for rows in batches:
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(x.index_select(0, rows), y.index_select(0, rows))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        return losses

    def losses(self, found: Any) -> Array:
        return np.array([loss.item() for loss in found])

    def inputs(self, x: Array) -> Any:
        return self.torch.from_numpy(x)

    def infer(self, x: Any) -> Any:
        with self.torch.inference_mode():
            return self.forward(x)

    def outputs(self, found: Any) -> Array:
        return found.numpy()


class TorchEager(Torch):
    """Trains operation by operation."""

    name: ClassVar[str] = "torch_eager"

    def _forward_and_loss(self, model: Any) -> tuple[Any, Any]:
        cross_entropy = self.torch.nn.functional.cross_entropy
        return model, lambda x, y: cross_entropy(model(x), y)


def _model(torch: Any, layers: Sequence[Dense]) -> Any:
    nn = torch.nn
    parts: list[Any] = []
    for i, layer in enumerate(layers):
        h, d = layer.weight.shape
        parts.append(nn.Linear(d, h, bias=layer.bias is not None))
        if layer.scale is not None:
            parts.append(nn.BatchNorm1d(h, eps=EPS, momentum=MOMENTUM))
        if i < len(layers) - 1:
            parts.append(nn.ReLU())
    return nn.Sequential(*parts)


def _fill(torch: Any, model: Any, layers: Sequence[Dense]) -> None:
    arrays = [array for layer in layers for array in layer.arrays()]
    with torch.no_grad():
        for parameter, array in zip(model.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(array))
    for part in model:
        if hasattr(part, "reset_running_stats"):
            part.reset_running_stats()
