"""Encodes data as JSON that every reader takes: a number that is not finite becomes null."""

from __future__ import annotations

import json as encoder
import math
from typing import Any, cast

__all__ = ["encode"]


def encode(data: Any) -> str:
    """One indented JSON value and a newline; JSON knows neither NaN nor infinity.

    >>> print(encode({"loss": float("nan"), "steps": [1.5]}), end="")
    {
      "loss": null,
      "steps": [
        1.5
      ]
    }
    """
    try:
        text = encoder.dumps(data, ensure_ascii=False, indent=2, allow_nan=False)
    except ValueError:
        text = encoder.dumps(_finite(data), ensure_ascii=False, indent=2, allow_nan=False)
    return f"{text}\n"


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, dict):
        found = cast("dict[str, Any]", data)
        return {key: _finite(value) for key, value in found.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in cast("list[Any]", data)]
    return data
