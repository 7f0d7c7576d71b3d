"""Generating a text with a run, from Python."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

from chainrule.domains.text.answers.generating import generated
from chainrule.domains.text.domain import DOMAIN
from chainrule.domains.text.network import TextNetwork
from chainrule.domains.text.texts.coder import TextCoder
from chainrule.domains.trained import Trained

__all__ = ["generate"]


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
