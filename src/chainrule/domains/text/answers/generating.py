"""Generating a text: token after token, each drawn from what the network finds probable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import numpy as np

from chainrule.arguments import real_number, whole_number
from chainrule.domains.text.network import TextNetwork
from chainrule.domains.text.texts.coder import TextCoder
from chainrule.domains.text.texts.tokens import UNKNOWN, Vocabulary
from chainrule.domains.trained import Trained
from chainrule.errors import OptionError
from chainrule.graph import Array

__all__ = ["generate", "generated"]

MOST_LENGTH = 1_000_000


def generate(
    run: str | os.PathLike[str],
    prompt: str = "",
    *,
    length: int = 300,
    temperature: float = 0.8,
    top_k: int | None = None,
    seed: int = 0,
) -> str:
    """Text that the run of a language model goes on with after `prompt`, which is not returned.

    Each of the `length` tokens is drawn with probabilities softmax(z / temperature), where z are
    the network's logits, among the `top_k` most probable ones if that is given; with temperature 0,
    the most probable one is taken.  Tokens are those of the run: characters, words or bytes.
    Equal seeds give equal texts.

    Raises RunError where the run cannot be read or is no language model, and OptionError for
    options out of range and for a prompt with tokens that the run does not know.

    >>> from chainrule import generate
    >>> generate("runs/none", "Once")
    Traceback (most recent call last):
        ...
    chainrule.errors.RunError: runs/none: expected a run folder, with config.toml and \
model.safetensors in it, got no such folder; name a folder that `chainrule train` made
    """
    from chainrule.domains.text.domain import DOMAIN

    trained = Trained[Any, TextCoder].read(Path(run), DOMAIN)
    network, known = cast("TextNetwork", trained.network), trained.coder.vocabulary
    return generated(
        network,
        known,
        known.encode_prompt(prompt),
        length=length,
        temperature=temperature,
        top_k=top_k,
        seed=seed,
        window=trained.options.window,
    )


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
