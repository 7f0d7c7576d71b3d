"""JAX: a whole epoch as one jitted scan."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule.bench.contestants.contestant import Array
from chainrule.bench.contestants.jax_step import Jax
from chainrule.bench.workloads import Workload

__all__ = ["JaxScan"]


@final
class JaxScan(Jax):
    """Trains with one call for each epoch."""

    name: ClassVar[str] = "jax_scan"

    @classmethod
    def declines(cls, workload: Workload) -> str:
        return "" if workload.samples is None else "predicts as jax_step does"

    def _compile(self, step: Any) -> Any:
        def epoch(state: Any, x: Any, y: Any, order: Any) -> Any:
            return self.jax.lax.scan(lambda s, rows: step(s, x, y, rows), state, order)

        return self.jax.jit(epoch, donate_argnums=0)

    def batches(self, order: Array) -> Any:
        return self.jax.device_put(order.astype(np.int32))

    def run(self, batches: Any) -> Any:
        self.state, losses = self.compiled(self.state, self.x, self.y, batches)
        return self.jax.block_until_ready((self.state, losses))[1]

    def losses(self, found: Any) -> Array:
        return np.asarray(found)
