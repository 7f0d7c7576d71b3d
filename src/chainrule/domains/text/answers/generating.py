"""Generating a text: token after token, each drawn from what the network finds probable."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import real_number, whole_number
from chainrule.domains.text.network import TextNetwork
from chainrule.domains.text.texts.tokens import UNKNOWN, Vocabulary
from chainrule.errors import OptionError
from chainrule.graph import Array

__all__ = ["generated"]

MOST_LENGTH = 1_000_000


def generated(
    network: TextNetwork,
    vocabulary: Vocabulary,
    begun: Array,
    *,
    length: int,
    temperature: float,
    top_k: int | None,
    seed: int,
    window: int,
) -> str:
    """The tokens after those in `begun`; see `generate`.  Attention sees a `window` at most."""
    whole_number("length", length, 1, most=MOST_LENGTH)
    if top_k is not None:
        whole_number("top k", top_k, 1)
    whole_number("seed", seed, 0, most=None)
    if not 0 <= real_number("temperature", temperature) < np.inf:
        raise OptionError("temperature", expected="a number from 0 on", got=repr(temperature))
    if not len(begun):
        begun = vocabulary.encode("\n")  # as at the beginning of a line
    rng = np.random.default_rng(seed)
    found: list[int] = []
    steps = _recurrent(network, begun) if network.recurrent else _attending(network, begun, window)
    logs = next(steps)
    for _ in range(length):
        if vocabulary.kind != "bytes":
            logs[UNKNOWN] = -np.inf
        found.append(_drawn(logs, temperature, top_k, rng))
        logs = steps.send(np.array([found[-1]], begun.dtype))
    return vocabulary.decode(found)


def _recurrent(network: TextNetwork, begun: Array) -> Any:
    """The log-probabilities after all tokens so far; further ones are sent."""
    state = network.first_state()
    codes = begun
    while True:
        for code in codes:
            answer: Any = network.predict(
                {"codes": np.array([[code]], codes.dtype), "state": state}
            )
            state = answer["state"]
        codes = yield answer["logs"][0].astype(np.float64)


def _attending(network: TextNetwork, begun: Array, window: int) -> Any:
    """The same, by the last tokens alone, as many as a window has."""
    seen = begun
    while True:
        seen = seen[-window:]
        codes, at = np.zeros((1, window), seen.dtype), np.zeros((1, window), network.dtype)
        codes[0, : len(seen)], at[0, len(seen) - 1] = seen, 1.0
        answer: Any = network.predict({"codes": codes, "at": at})
        new = yield answer[0].astype(np.float64)
        seen = np.concatenate([seen, new])


def _drawn(logs: Array, temperature: float, top_k: int | None, rng: np.random.Generator) -> int:
    """One token by its log-probability (K,)."""
    if temperature == 0:
        return int(logs.argmax())
    scaled = (logs - logs.max()) / temperature
    if top_k is not None and top_k < len(scaled):
        best = np.argsort(-scaled, kind="stable")[:top_k]
        kept = np.full(len(scaled), -np.inf)
        kept[best] = scaled[best]
        scaled = kept
    shares = np.exp(scaled)
    return int(rng.choice(len(shares), p=shares / shares.sum()))
