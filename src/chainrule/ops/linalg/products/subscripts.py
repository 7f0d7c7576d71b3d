"""The subscripts of einsum: NumPy's several forms, brought into one."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from chainrule.arguments import shown
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["Subscripts", "parsed", "unused_letter"]

LETTERS = string.ascii_uppercase + string.ascii_lowercase
"""The names of axes, in the order in which einsum numbers and sorts them."""

WHERE = "np.einsum"


class Subscripts(NamedTuple):
    """A letter for each axis of each operand, and for each axis of the result, all explicit.

    >>> str(Subscripts(("ij", "jk"), "ik"))
    'ij,jk->ik'
    """

    inputs: tuple[str, ...]
    output: str

    def __str__(self) -> str:
        return f"{','.join(self.inputs)}->{self.output}"


def parsed(operands: Sequence[Any]) -> tuple[Subscripts, list[Tensor]]:
    """Return the subscripts and the operands of a call of einsum in any of its forms.

    A letter is given to each axis that an ellipsis stands for.

    Raises OptionError for subscripts that are none, and ShapeError if they do not fit the operands.

    >>> parsed(["i...", [[1.0, 2.0]]])[0]
    Subscripts(inputs=('iA',), output='Ai')
    >>> parsed([[[1.0]], [0, 0], []])[0]
    Subscripts(inputs=('AA',), output='')
    """
    if not operands:
        raise OptionError(WHERE, expected="subscripts such as 'ij,jk->ik'", got="no arguments")
    if isinstance(operands[0], str):
        text = operands[0].replace(" ", "")
        given = [lift(operand) for operand in operands[1:]]
    else:
        text, given = _from_lists(operands)
    left, arrow, right = text.partition("->")
    inputs = left.split(",")
    for part in (*inputs, right):
        rest = part.replace("...", "", 1)
        if any(letter not in LETTERS for letter in rest):
            raise OptionError(
                WHERE, expected="subscripts such as '...ij,jk->...ik'", got=shown(text)
            )
    if len(inputs) != len(given):
        raise OptionError(
            WHERE,
            expected=f"an operand for each of the {len(inputs)} subscripts in {text!r}",
            got=f"{len(given)}",
        )
    return _explicit(text, inputs, right if arrow else None, given), given


def unused_letter(used: Iterable[str]) -> str:
    """Return a letter that is in none of the texts.

    >>> unused_letter(["AB", "D"])
    'C'
    """
    taken = set("".join(used))
    return next(letter for letter in LETTERS if letter not in taken)


def _from_lists(operands: Sequence[Any]) -> tuple[str, list[Tensor]]:
    """The text for operands that are each followed by a list of the numbers of their axes."""
    pairs = len(operands) // 2
    text = ",".join(_letters(operands[2 * i + 1]) for i in range(pairs))
    if len(operands) % 2:
        text += f"->{_letters(operands[-1])}"
    return text, [lift(cast(Operand, operands[2 * i])) for i in range(pairs)]


def _letters(numbers: Any) -> str:
    found = ""
    try:
        for one in numbers:
            found += "..." if one is Ellipsis else LETTERS[range(len(LETTERS))[one.__index__()]]
    except (TypeError, AttributeError, IndexError):
        raise OptionError(
            WHERE,
            expected="subscripts as text, or after each operand a list of whole numbers below 52",
            got=shown(numbers),
        ) from None
    return found


def _explicit(text: str, inputs: list[str], output: str | None, operands: list[Tensor]) -> Any:
    """The subscripts without ellipses and with an output."""
    extra = [_hidden_axes(text, part, x) for part, x in zip(inputs, operands, strict=True)]
    most = max(extra)
    hidden = ""
    for _ in range(most):
        hidden += unused_letter([text, hidden])
    named = [
        part.replace("...", hidden[most - count :])
        for part, count in zip(inputs, extra, strict=True)
    ]
    if output is None:
        letters = "".join(inputs).replace(".", "")
        output = "..." + "".join(sorted(one for one in set(letters) if letters.count(one) == 1))
    elif most and "..." not in output:
        raise OptionError(
            WHERE,
            expected="an ellipsis in the result, as in the operands",
            got=shown(text),
            remedy="sum over the axes that it stands for by np.sum",
        )
    result = output.replace("...", hidden)
    known = set("".join(named))
    if len(set(result)) != len(result) or not known.issuperset(result):
        raise OptionError(
            WHERE, expected="each letter of the result once, and in an operand", got=shown(text)
        )
    _check_lengths(text, named, operands)
    return Subscripts(tuple(named), result)


def _hidden_axes(text: str, part: str, x: Tensor) -> int:
    """How many axes of the operand its ellipsis stands for."""
    hidden = x.ndim - len(part.replace("...", ""))
    if hidden < 0 or (hidden and "..." not in part):
        raise ShapeError(
            WHERE,
            expected=f"a letter in {part!r} for each axis, or an ellipsis",
            got=f"an operand of shape {x.shape} in {text!r}",
        )
    return hidden


def _check_lengths(text: str, inputs: list[str], operands: list[Tensor]) -> None:
    lengths: dict[str, int] = {}
    for part, x in zip(inputs, operands, strict=True):
        own: dict[str, int] = {}
        for letter, n in zip(part, x.shape, strict=True):
            fits = lengths.get(letter, 1) in (1, n) or n == 1
            if not fits or own.get(letter, n) != n:
                raise ShapeError(
                    WHERE,
                    expected=f"axes of equal length, or 1, for the same letter in {text!r}",
                    got=" and ".join(f"shape {one.shape}" for one in operands),
                )
            own[letter] = n
            lengths[letter] = n if lengths.get(letter, 1) == 1 else lengths[letter]
