"""PyTorch in eager mode, with the fused Adam."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from chainrule.bench.contestants.contestant import Array, Contestant, library
from chainrule.bench.contestants.models.torch_models import make_loss, make_model
from chainrule.bench.contestants.setting import Setting, waiting_settings
from chainrule.bench.workloads import ADAM, Workload

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
            self._model = make_model(torch, self.workload.network)
            loss = make_loss(torch, self.workload.network)
            self.forward, self.loss = self._forward_and_loss(self._model, loss)
        self._fill()
        self._model.train(self.workload.samples is None)
        self._optimizer = torch.optim.Adam(
            self._model.parameters(),
            lr=self.workload.learning_rate,
            betas=(ADAM["beta1"], ADAM["beta2"]),
            eps=ADAM["eps"],
            fused=True,
        )

    @abstractmethod
    def _forward_and_loss(self, model: Any, loss: Any) -> tuple[Any, Any]:
        """A function for the forward pass, and one for the loss of a batch."""

    def _fill(self) -> None:
        """Set the initial parameters and statistics."""
        with self.torch.no_grad():
            given = self.parameters.values()
            for parameter, array in zip(self._model.parameters(), given, strict=True):
                parameter.copy_(self.torch.from_numpy(array))
        for part in self._model.modules():
            if hasattr(part, "reset_running_stats"):
                part.reset_running_stats()

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

    def _forward_and_loss(self, model: Any, loss: Any) -> tuple[Any, Any]:
        return model, lambda x, y: loss(model(x), y)
