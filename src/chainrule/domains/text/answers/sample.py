"""A few words that a trained language model writes, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

from chainrule.domains.text.answers.generating import generated
from chainrule.domains.text.network import TextNetwork
from chainrule.domains.text.options import TextOptions
from chainrule.domains.text.texts.tokens import Vocabulary
from chainrule.graph import Array

__all__ = ["Sample"]

LENGTHS = {"characters": (30, 200), "words": (8, 40), "bytes": (30, 200)}
"""How many tokens are given, and how many are generated."""

TEMPERATURE = 0.7


@final
@dataclass(frozen=True)
class Sample:
    """What a network writes after a prompt."""

    prompt: str
    text: str

    @classmethod
    def of(cls, network: TextNetwork, known: Vocabulary, held: Array, options: TextOptions) -> Self:
        """What it writes after the first of the tokens that are held out."""
        given, length = LENGTHS[known.kind]
        begun = held[:given]
        assert options.window is not None, "chosen when the run started"
        text = generated(
            network,
            known,
            begun,
            length=length,
            temperature=TEMPERATURE,
            top_k=None,
            seed=options.seed,
            window=options.window,
        )
        return cls(known.decode(begun.tolist()), text)
