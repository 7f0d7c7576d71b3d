"""The network of pairs: an encoder of the one text, and a decoder that attends to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import scan
from chainrule.domains.pairs.texts.tokens import PADDING
from chainrule.nn.argument_checks import positive_integer

__all__ = ["PairLoss", "PairNetwork"]

Tensor = ops.Tensor

MANY = 1000
"""Of more tokens than these, the logits of all steps are not kept where none are trained."""


@final
class PairNetwork(nn.Layer):
    """An encoder–decoder transformer of two texts, with the norms before.

    What it returns depends on what it is given, a dict of integers (B, S) or (B, T + 1):

    source, answer         the loss of each token of the answer after the first, (B, T, 1)
    source                 what the encoder makes of the source, its memory (B, S, D)
    memory, source, prefix, at   log-probabilities (B, K) of the token after the prefix, whose last
                           token `at` marks with 1 among zeros

    The answer begins with the start sign and has the end sign behind.  Padding, 0, is never
    attended to, so that it changes no result.  In training, the loss has the label smoothing.

    >>> network = PairNetwork(9, 7, 8, heads=2, depth=1, seed=0)
    >>> source, answer = np.array([[4, 5, 0]]), np.array([[1, 4, 2]])
    >>> network({"source": source, "answer": answer}).shape, network({"source": source}).shape
    ((1, 2, 1), (1, 3, 8))

    Vaswani et al., "Attention is all you need", 2017; Szegedy et al., "Rethinking the Inception
    architecture", 2016, for label smoothing.
    """

    def __init__(
        self,
        source_tokens: int,
        answer_tokens: int,
        features: int,
        *,
        heads: int,
        depth: int,
        dropout: float = 0.0,
        label_smoothing: float = 0.0,
        seed: int | None = None,
        dtype: Any = np.float64,
    ) -> None:
        positive_integer("PairNetwork depth", depth)
        self.smoothing, self.tokens = label_smoothing, answer_tokens
        shared: dict[str, Any] = {"dropout": dropout, "dtype": dtype}
        encoder: dict[str, nn.Layer] = {
            f"encoder{i}": nn.TransformerBlock(features, heads, **shared) for i in range(depth)
        }
        decoder: dict[str, nn.Layer] = {
            f"decoder{i}": nn.TransformerDecoderBlock(features, heads, **shared)
            for i in range(depth)
        }
        children: dict[str, nn.Layer] = {
            "embed_source": nn.Embedding(source_tokens, features, dtype=dtype),
            "positions": nn.SinusoidalPositions(features),
            **encoder,
            "encoded": nn.LayerNorm(features, dtype=dtype),
            "embed_answer": nn.Embedding(answer_tokens, features, dtype=dtype),
            **decoder,
            "decoded": nn.LayerNorm(features, dtype=dtype),
            "out": nn.Linear(features, answer_tokens, dtype=dtype),
        }
        self.encoder, self.decoder = tuple(encoder), tuple(decoder)
        super().__init__(children=children, seed=seed)

    def apply(self, scope: nn.Scope, x: Mapping[str, Tensor]) -> Tensor:
        if "prefix" in x:
            h = self._decoded(scope, x["memory"], x["source"], x["prefix"])
            last = ops.sum(h * ops.expand_dims(x["at"], -1), axis=-2)
            return ops.log_softmax(self._part(scope, "out", last))
        memory = self._encoded(scope, x["source"])
        if "answer" not in x:
            return memory
        given, wanted = x["answer"][:, :-1], x["answer"][:, 1:]
        decoded = self._decoded(scope, memory, x["source"], given)
        if not scope.training and self.tokens > MANY:
            return ops.expand_dims(self._losses_by_step(scope, decoded, wanted), -1)
        logits = self._part(scope, "out", decoded)
        losses = ops.log_loss(logits, wanted)
        if scope.training and self.smoothing:
            even = -ops.mean(ops.log_softmax(logits), axis=-1)
            losses = (1.0 - self.smoothing) * losses + self.smoothing * even
        return ops.expand_dims(losses, -1)

    def _losses_by_step(self, scope: nn.Scope, decoded: Tensor, wanted: Tensor) -> Tensor:
        """The losses (B, T), a step after another: of many rows, the logits would fill memory."""
        weight, bias = scope["out.weight"], scope["out.bias"]

        def loss(carry: Tensor, step: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            return carry, ops.log_loss(step[0] @ weight.T + bias, step[1])

        start = np.zeros((), decoded.dtype)
        _, losses = scan(loss, start, (ops.swapaxes(decoded, 0, 1), ops.swapaxes(wanted, 0, 1)))
        return ops.swapaxes(losses, 0, 1)

    def _encoded(self, scope: nn.Scope, source: Tensor) -> Tensor:
        h = self._part(scope, "positions", self._part(scope, "embed_source", source))
        mask = self._mask(source)
        for name in self.encoder:
            h = self._part(scope, name, {"x": h, "mask": mask})["x"]
        return self._part(scope, "encoded", h)

    def _decoded(self, scope: nn.Scope, memory: Tensor, source: Tensor, given: Tensor) -> Tensor:
        h = self._part(scope, "positions", self._part(scope, "embed_answer", given))
        mask = self._mask(source)
        for name in self.decoder:
            h = self._part(scope, name, {"x": h, "memory": memory, "mask": mask})["x"]
        return self._part(scope, "decoded", h)

    def _mask(self, source: Tensor) -> Tensor:
        # floats are compared without a call
        return ops.not_equal(source.astype(self.dtype), PADDING)

    def _part(self, scope: nn.Scope, name: str, x: Any) -> Any:
        layer = self.children[name]
        return scope.record(name, layer, x, layer.apply(scope.child(name), x))


@final
class PairLoss:
    """The mean of the losses of tokens (B, T, 1), with weights (B, T): 0 for padding.

    >>> PairLoss()(np.array([[[1.0], [9.0]]]), np.array([[1.0, 0.0]]))
    Tensor(1.0)
    """

    def __call__(self, losses: Any, weights: Any) -> Tensor:
        return ops.sum(losses[..., 0] * weights) / ops.sum(weights)

    def row_weights(self, *targets: Any) -> Any:
        """What the tokens of each pair count; see `WeightedLoss.row_weights`."""
        return targets[0]
