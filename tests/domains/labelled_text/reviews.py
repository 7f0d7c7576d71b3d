"""Short reviews whose class depends on the order of words: `not good` is bad."""

from __future__ import annotations

import csv
import random
from pathlib import Path

__all__ = ["write_reviews"]


def write_reviews(path: Path, rows: int = 60, seed: int = 0, gaps: bool = False) -> Path:
    """A table of a number, a text and a label; with `gaps`, two rows lack one of the latter."""
    rng = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "label"])
        for i in range(rows):
            good, negated = rng.random() < 0.5, rng.random() < 0.5
            word = rng.choice(["good", "great"] if good != negated else ["bad", "dull"])
            text = f"{rng.choice(['The film', 'This plot'])} was {'not ' * negated}{word}."
            writer.writerow([i, text, "yes" if good else "no"])
        if gaps:
            writer.writerows([[rows, "", "yes"], [rows + 1, "Well", ""]])
    return path
