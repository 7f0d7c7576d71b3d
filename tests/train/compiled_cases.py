"""Models, losses and optimizers on which compiled and reference stepper are compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.nn import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops.losses import LOSSES, cross_entropy
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from chainrule.train.steps.clipping import Clipping
from chainrule.train.steps.stepper import Stepper, make_stepper

WIDTH, CLASSES, ROWS = 5, 3, 22
RNG = np.random.default_rng(7)
X = RNG.normal(size=(ROWS, WIDTH))
LABELS = RNG.integers(0, CLASSES, ROWS)
TARGETS = RNG.uniform(0.1, 0.9, (ROWS, CLASSES))
CUBES = RNG.normal(size=(ROWS, 2, WIDTH))
IMAGES = RNG.normal(size=(ROWS, 2, 7, 6))


def batches(steps: int = 100, size: int = 8, rows: int = ROWS) -> list[np.ndarray]:
    """Batches of shuffled epochs; the last of each epoch is a partial one."""
    steps_of_epochs: list[np.ndarray] = []
    for epoch in range(steps):
        order = np.random.default_rng(epoch).permutation(rows)
        steps_of_epochs += np.split(order, range(size, rows, size))
    return steps_of_epochs[:steps]


class Running(Layer):
    """No opcode: a running sum over the features, taken backwards, every other one dropped."""

    def apply(self, scope: Scope, x: cr.Tensor) -> cr.Tensor:
        return cr.cumsum(x, axis=-1)[..., ::-1] * 0.5 + x[..., np.arange(x.shape[-1])[::-1]]


class Unused(Layer):
    """One parameter that nothing depends on, and one that everything does."""

    def __init__(self, dtype: Any = np.float64) -> None:
        from chainrule.nn import Constant

        slots = {
            "idle": Slot((2, 2), Constant(1.5), dtype=dtype),
            "scale": Slot((1,), Constant(1.0), dtype=dtype),
        }
        super().__init__(slots=slots)

    def apply(self, scope: Scope, x: cr.Tensor) -> cr.Tensor:
        return x * scope["scale"]


@dataclass(frozen=True)
class Setup:
    """The arguments of `make_stepper`, except its engine."""

    model: Callable[[Any], Layer]
    loss: Callable[..., cr.Tensor] = cross_entropy
    x: Any = field(default_factory=lambda: X)
    y: Any = field(default_factory=lambda: LABELS)
    optimizer: Optimizer = field(default_factory=Adam)
    clipping: Clipping | None = None

    def stepper(self, engine: str = "compiled", dtype: Any = np.float64) -> Stepper:
        return make_stepper(
            self.model(dtype),
            self.loss,
            self.optimizer,
            self.x,
            self.y,
            clipping=self.clipping,
            engine=engine,
        )


def mlp(**options: Any) -> Callable[[Any], Layer]:
    """A function of a dtype: WIDTH → hidden layers → CLASSES."""
    hidden = options.pop("hidden", (6,))
    options = {"activation": "tanh", "seed": 3, **options}
    return lambda dtype: nn.mlp(WIDTH, hidden, CLASSES, dtype=dtype, **options)


def sequence(*layers: Callable[[Any], Layer]) -> Callable[[Any], Layer]:
    """WIDTH → 6 → these layers → CLASSES.

    Without biases, whose gradient before a normalisation is nothing but rounding: Adam makes whole
    steps of that.
    """
    return lambda dtype: nn.Sequential(
        nn.Linear(WIDTH, 6, None, dtype=dtype),
        *(layer(dtype) for layer in layers),
        nn.Linear(6, CLASSES, dtype=dtype),
        seed=5,
    )


MODELS = {
    **{
        f"activation {name}": Setup(sequence(lambda _, name=name: nn.activation(name)))
        for name in nn.ACTIVATIONS
    },
    **{
        f"loss {name}": Setup(mlp(), LOSSES[name], y=LABELS if name == "cross_entropy" else TARGETS)
        for name in LOSSES
    },
    "no hidden layer": Setup(mlp(hidden=())),
    "deep": Setup(mlp(hidden=(6, 7, 8, 7))),
    "column-major first weights": Setup(mlp(hidden=(17, 20)), clipping=Clipping(norm=0.1)),
    "batch norm": Setup(mlp(hidden=(6, 5), batch_norm=True)),
    "layer norm": Setup(sequence(lambda dtype: nn.LayerNorm(6, dtype=dtype))),
    "dropout": Setup(mlp(dropout=0.3)),
    "residual": Setup(
        sequence(
            lambda dtype: nn.Residual(
                nn.Sequential(nn.Linear(6, 6, dtype=dtype), nn.Tanh(), seed=6)
            )
        )
    ),
    "shared bias": Setup(
        lambda dtype: nn.Sequential(
            nn.Linear(WIDTH, 6, "shared", dtype=dtype),
            nn.Sigmoid(),
            nn.Linear(6, CLASSES, None, dtype=dtype),
            seed=1,
        )
    ),
    "everything": Setup(
        sequence(
            lambda dtype: nn.BatchNorm(6, dtype=dtype),
            lambda dtype: nn.SiLU(),
            lambda dtype: nn.Dropout(0.2),
            lambda dtype: nn.Residual(nn.LayerNorm(6, dtype=dtype)),
        )
    ),
    "calls": Setup(sequence(lambda dtype: Running(), lambda dtype: nn.Tanh())),
    "calls and batch norm": Setup(
        sequence(lambda dtype: nn.BatchNorm(6, dtype=dtype), lambda dtype: Running())
    ),
    "unused parameter": Setup(sequence(Unused, lambda dtype: nn.Tanh())),
    "step lets no gradient through": Setup(mlp(activation="step")),
    "images": Setup(
        lambda dtype: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, dtype=dtype),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 3, 2, dtype=dtype),
            nn.Tanh(),
            nn.AvgPool2d((2, 1)),
            nn.Flatten(),
            nn.Linear(6, CLASSES, dtype=dtype),
            seed=6,
        ),
        x=IMAGES,
    ),
    "more axes": Setup(
        lambda dtype: nn.Sequential(
            nn.Linear(WIDTH, 4, None, dtype=dtype),
            nn.BatchNorm(4, dtype=dtype),
            nn.Tanh(),
            nn.Linear(4, 2, dtype=dtype),
            seed=2,
        ),
        LOSSES["mse"],
        CUBES,
        RNG.normal(size=(ROWS, 2, 2)),
    ),
    "labels as targets, several columns": Setup(
        mlp(), LOSSES["binary_cross_entropy"], y=(TARGETS > 0.5).astype(np.int32)
    ),
    "truth values as targets": Setup(mlp(), LOSSES["binary_cross_entropy"], y=TARGETS > 0.5),
    "small labels": Setup(mlp(), y=LABELS.astype(np.uint8)),
    "integer inputs": Setup(mlp(), x=np.round(4 * X).astype(int)),
    "class weights": Setup(
        mlp(), lambda z, y: cross_entropy(z, y, np.array([1.0, 2.0, 0.5], z.dtype))
    ),
}

OPTIMIZERS = [
    SGD(),
    SGD(weight_decay=0.1),
    SGD(momentum=0.9),
    SGD(momentum=0.8, nesterov=True, weight_decay=0.01),
    RMSProp(),
    RMSProp(alpha=0.9, eps=1e-3, momentum=0.5, weight_decay=0.02),
    Adagrad(),
    Adagrad(eps=1e-3, initial=0.1, weight_decay=0.05),
    Adam(),
    Adam(beta1=0.5, beta2=0.9, eps=1e-4, weight_decay=0.1),
    AdamW(),
    AdamW(beta1=0.8, beta2=0.95, eps=1e-6, weight_decay=0.3),
]

CLIPPINGS = [
    None,
    Clipping(value=0.01),
    Clipping(norm=0.05),
    Clipping(value=0.02, norm=0.03),
]
