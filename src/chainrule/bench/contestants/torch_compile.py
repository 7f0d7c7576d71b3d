"""PyTorch compiled: forward, loss and their backward by torch.compile, the fused Adam after it."""

from __future__ import annotations

from typing import Any, ClassVar, final

from chainrule.bench.contestants.torch_eager import Torch

__all__ = ["TorchCompile"]


@final
class TorchCompile(Torch):
    """Compiling needs a C++ compiler, takes up to a minute and is not counted."""

    name: ClassVar[str] = "torch_compile"

    def _ways(self, model: Any) -> tuple[Any, Any]:
        cross_entropy = self.torch.nn.functional.cross_entropy

        def loss(x: Any, y: Any) -> Any:
            return cross_entropy(model(x), y)

        options = {"fullgraph": True, "dynamic": False}
        return self.torch.compile(model, **options), self.torch.compile(loss, **options)
