"""PyTorch compiled: forward pass, loss and backward pass by torch.compile, then the fused Adam."""

from __future__ import annotations

from typing import Any, ClassVar, final

from chainrule.bench.contestants.torch_eager import Torch
from chainrule.bench.networks import CharacterLSTM, SeriesGRU
from chainrule.bench.workloads import Workload

__all__ = ["TorchCompile"]


@final
class TorchCompile(Torch):
    """Trains with `torch.compile`, which needs a C++ compiler and up to a minute (not counted)."""

    name: ClassVar[str] = "torch_compile"

    @classmethod
    def declines(cls, workload: Workload) -> str:
        # with torch._dynamo.config.allow_rnn it took two minutes, and steps twice as long as eager
        recurrent = isinstance(workload.network, (CharacterLSTM, SeriesGRU))
        return "would unroll a recurrent layer over time" if recurrent else ""

    def _forward_and_loss(self, model: Any, loss: Any) -> tuple[Any, Any]:
        def loss_of(x: Any, y: Any) -> Any:
            return loss(model(x), y)

        options = {"fullgraph": True, "dynamic": False}
        return self.torch.compile(model, **options), self.torch.compile(loss_of, **options)
