"""The libraries that are compared, one file each, imported only when a contestant is created."""

from __future__ import annotations

from chainrule.bench.contestants.chainrule import Chainrule
from chainrule.bench.contestants.contestant import Contestant
from chainrule.bench.contestants.hips_autograd import Hips
from chainrule.bench.contestants.jax_scan import JaxScan
from chainrule.bench.contestants.jax_step import JaxStep
from chainrule.bench.contestants.micrograd import Micrograd
from chainrule.bench.contestants.sklearn import ScikitLearn
from chainrule.bench.contestants.torch_compile import TorchCompile
from chainrule.bench.contestants.torch_eager import TorchEager

__all__ = ["CONTESTANTS", "OURS", "Contestant"]

OURS = Chainrule.name

CONTESTANTS: dict[str, type[Contestant]] = {
    kind.name: kind
    for kind in (
        Chainrule, TorchEager, TorchCompile, JaxStep, JaxScan, ScikitLearn, Micrograd, Hips,
    )
}  # fmt: skip
