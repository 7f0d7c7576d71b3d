"""Every network, written with chainrule.

`checkouts/slice_worker.py` reads this file by its path with the package of either checkout, so that
it uses only public names of `chainrule`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["make_model"]


def make_model(network: Mapping[str, Any]) -> Any:
    """The model of a network that `Network.to_dict` describes, with any weights, float32."""
    import numpy as np

    from chainrule import nn

    f32: dict[str, Any] = {"dtype": np.float32}
    match network:
        case {"kind": "perceptron", "sizes": [d, *hidden, classes], "batch_norm": batch_norm}:
            return nn.mlp(d, hidden, classes, batch_norm=batch_norm, **f32)
        case {"kind": "lstm", "characters": k, "width": d, "hidden": h}:
            return nn.Sequential(
                nn.Embedding(k, d, **f32),
                nn.LSTM(d, h, returns="outputs", **f32),
                nn.Linear(h, k, **f32),
            )
        case {"kind": "gru", "features": d, "hidden": h}:
            return nn.Sequential(nn.GRU(d, h, returns="last", **f32), nn.Linear(h, 1, **f32))
        case {"kind": "conv", "size": side, "channels": channels, "classes": classes}:
            layers: list[Any] = []
            for inputs, outputs in zip((1, *channels), channels, strict=False):
                layers += [nn.Conv2d(inputs, outputs, 3, **f32), nn.ReLU(), nn.MaxPool2d(2)]
                side = (side - 2) // 2
            flat = channels[-1] * side**2
            return nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, classes, **f32))
        case {"kind": "transformer", "characters": k, "width": d, "steps": t}:
            heads, hidden = network["heads"], network["hidden"]
            return nn.Sequential(
                nn.Embedding(k, d, **f32),
                nn.LearnedPositions(t, d, **f32),
                nn.TransformerBlock(d, heads, hidden, causal=True, activation="relu", **f32),
                nn.Linear(d, k, **f32),
            )
        case _:
            raise ValueError(f"no network {network}")
