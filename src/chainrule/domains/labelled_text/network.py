"""The network of texts with classes: tokens are embedded, read in order, and averaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from chainrule import nn, ops
from chainrule.domains.labelled_text.options import LabelledTextOptions
from chainrule.nn.initialisers import Normal

__all__ = ["TextClassifier"]

Tensor = ops.Tensor

RECURRENT: Mapping[str, Any] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}

HEADS = 4


@final
class TextClassifier(nn.Layer):
    """Logits (B, K) of texts: a linear function of the mean over their tokens.

    Inputs are `codes` (B, T), integers, and `mask` (B, T), 1 for tokens and 0 for padding, which
    changes nothing.  The mean is that of the outputs of a recurrent layer in both directions, of a
    transformer block, or of the embedded tokens themselves ("average").

    >>> options = LabelledTextOptions("a.csv", text_column="text", hidden=8, dropout=0.0)
    >>> x = {"codes": np.array([[1, 2, 0]]), "mask": np.array([[1.0, 1.0, 0.0]])}
    >>> TextClassifier(options, numbers=5, length=3, classes=2, dtype=np.float64)(x).shape
    (1, 2)

    Joulin, Grave, Bojanowski and Mikolov, "Bag of tricks for efficient text classification", 2017.
    """

    def __init__(
        self, options: LabelledTextOptions, numbers: int, length: int, classes: int, dtype: Any
    ) -> None:
        hidden, rate = options.hidden, options.dropout
        assert hidden, "chosen when the run started"
        assert rate is not None, "chosen when the run started"
        self.model = options.model
        parts: dict[str, nn.Layer] = {
            "embed": nn.Embedding(
                numbers, hidden, padding=0, init=Normal(hidden**-0.5), dtype=dtype
            ),
            "dropout1": nn.Dropout(rate),
        }
        outputs = hidden
        if self.model in RECURRENT:
            layers = RECURRENT[self.model]
            parts["recurrent"] = layers(
                hidden, hidden, bidirectional=True, returns="outputs", dtype=dtype
            )
            outputs = 2 * hidden
        elif self.model == "transformer":
            heads = next(heads for heads in range(HEADS, 0, -1) if hidden % heads == 0)
            parts["positions"] = nn.LearnedPositions(length, hidden, dtype=dtype)
            parts["block"] = nn.TransformerBlock(hidden, heads, dropout=rate, dtype=dtype)
            parts["norm"] = nn.LayerNorm(hidden, dtype=dtype)
        parts["dropout2"] = nn.Dropout(rate)
        parts["out"] = nn.Linear(outputs, classes, dtype=dtype)
        super().__init__(children=parts, seed=options.own_seed)

    def apply(self, scope: nn.Scope, x: Mapping[str, Any]) -> Tensor:
        mask = x["mask"]
        h = self._part(scope, "dropout1", self._part(scope, "embed", x["codes"]))
        if self.model in RECURRENT:
            h = self._part(scope, "recurrent", {"x": h, "mask": mask})
        elif self.model == "transformer":
            h = self._part(scope, "positions", h)
            h = self._part(scope, "norm", self._part(scope, "block", {"x": h, "mask": mask})["x"])
        total = ops.sum(h * ops.expand_dims(mask, -1), axis=-2)
        mean = (total / ops.expand_dims(ops.sum(mask, axis=-1), -1)).named("mean")
        return self._part(scope, "out", self._part(scope, "dropout2", mean))

    @property
    def input_dtype(self) -> np.dtype[Any]:
        return np.dtype(np.int64)

    def _part(self, scope: nn.Scope, name: str, x: Any) -> Any:
        layer = self.children[name]
        return scope.record(name, layer, x, layer.apply(scope.child(name), x))
