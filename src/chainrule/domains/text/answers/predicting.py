"""How probable another text is to a trained model, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.text.answers.judging import UNITS
from chainrule.domains.text.texts.loading import read_text
from chainrule.domains.text.texts.tokens import UNKNOWN, Vocabulary
from chainrule.domains.text.texts.windows import windows
from chainrule.domains.trained import Predicted
from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.nn import Layer

__all__ = ["predict_text"]


def predict_text(
    network: Layer, known: Vocabulary, window: int, file: Path | None, memory: int | None
) -> Predicted:
    """The bits of each line of a text, as it is read from its beginning on, and of all."""
    if file is None:
        raise OptionError("file", expected="a text", got="none", remedy="name a file")
    text = read_text(str(file), known.kind, memory)
    codes = known.encode(text.content)
    if len(codes) < 2:
        raise DataError(str(file), expected=f"two {known.kind} or more", got=f"{len(codes)}")
    bits = _bits(network, codes, window)
    newline = known.encode("\n")[0]
    ends = codes == newline if newline != UNKNOWN or known.kind == "bytes" else codes < 0
    # a line has its end in it; the first token of all is given
    line = np.concatenate([[0], np.cumsum(ends[:-1])])
    total = np.bincount(line[1:], bits, minlength=line[-1] + 1)
    count = np.bincount(line[1:], minlength=line[-1] + 1)
    unit, mean = UNITS[known.kind], float(bits.mean())
    notes = [
        f"all {len(bits):,} {known.kind} but the first: {mean:.3f} bits per {unit}, perplexity"
        f" {2.0**mean:,.2f}"
    ]
    missing = 0 if known.kind == "bytes" else int((codes == UNKNOWN).sum())
    if missing:
        notes.append(f"note: {missing:,} {known.kind} are not in the run's vocabulary")
    columns: dict[str, Any] = {
        "line": (1 + np.flatnonzero(count)).tolist(),
        known.kind: count[count > 0].tolist(),
        "bits": np.round(total[count > 0], 3).tolist(),
        f"bits_per_{unit}": np.round(total[count > 0] / count[count > 0], 4).tolist(),
    }
    return Predicted(columns, tuple(notes))


def _bits(network: Layer, codes: Array, window: int) -> Array:
    """The bits of each token but the first."""
    part = windows(codes, window, max(1, window // 2))
    losses: Any = network.predict(part.x)
    return losses[..., 0][part.y > 0].astype(np.float64) / np.log(2)
