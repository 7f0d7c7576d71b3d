"""What to do about arrays that cannot be trained on."""

from __future__ import annotations

from chainrule.graph import Array

__all__ = ["array_of_numbers", "of_one_length"]


def of_one_length(inputs: Array, answers: Array) -> str:
    """What to do about inputs and answers of these shapes."""
    if not inputs.ndim or not answers.ndim:
        return "bring arrays with a row for each sample"
    if inputs.ndim == 1:
        return "reshape one input column with x[:, None]"
    if answers.shape == (1, len(inputs)) or (answers.ndim == 2 and answers.shape[1] == len(inputs)):
        return "turn the answers with y.T, so that each row has one"
    if answers.ndim > 2:
        return "answers with more axes need a tree of them, and a loss of your own"
    return "bring one answer for each row of inputs"


def array_of_numbers(inputs: Array) -> str:
    """How inputs that are no numbers become some."""
    if inputs.dtype.kind == "O":
        return "if all are numbers, x.astype(float); encode others first, or train from a file"
    if inputs.dtype.kind in "mM":
        return "subtract a date, and divide by a unit such as np.timedelta64(1, 'D')"
    return "encode text as numbers first, or train from a file"
