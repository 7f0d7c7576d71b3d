"""Convolution by hand: a 3 × 3 kernel on a 4 × 4 image, with weights that are shared."""

from __future__ import annotations

import numpy as np

from chainrule.gallery.blocks import Paragraph, Table
from chainrule.gallery.example import Example, Solution, gradients_by_name
from chainrule.gallery.request import Request
from chainrule.graph import Array

__all__ = ["EXAMPLES"]

IMAGE, KERNEL, OUTPUT = 4, 3, 2

KERNEL_VALUES = ((0.5, 0, -0.5), (1, 0, -1), (0.5, 0, -0.5))
"""Half of Sobel's kernel: it answers to vertical edges."""

IMAGE_VALUES = ((0.25, 0, 1, 0.75), (0, 0.25, 0.75, 1), (0.25, 0, 1, 0.75), (0, 0.25, 1, 1))


def _names(letter: str, size: int) -> list[str]:
    return [f"{letter}{i}{j}" for i in range(1, size + 1) for j in range(1, size + 1)]


def _expression() -> str:
    """Every output as the sum of the kernel's three rows on the image and the bias; the loss."""
    outputs = _names("o", OUTPUT)
    rows = [
        f"{out}{row} = "
        + " + ".join(f"w{i}{j}*x{int(out[1]) + i - 1}{int(out[2]) + j - 1}" for j in (1, 2, 3))
        for out in outputs
        for i, row in enumerate("abc", 1)
    ]
    sums = [f"{out} = {out}a + {out}b + {out}c + b" for out in outputs]
    errors = " + ".join(f"0.5*({out} - t{out[1:]})**2" for out in outputs)
    return "; ".join([*rows, *sums, f"loss = {errors}"])


def _inputs() -> dict[str, float]:
    flat = [entry for row in IMAGE_VALUES for entry in row]
    kernel = [entry for row in KERNEL_VALUES for entry in row]
    return {
        **dict(zip(_names("x", IMAGE), flat, strict=True)),
        **dict(zip(_names("w", KERNEL), kernel, strict=True)),
        "b": 0.25,
        **dict(zip(_names("t", OUTPUT), (-2, -1, -2, -1), strict=True)),
    }


def _grid(values: dict[str, float], letter: str, size: int) -> Array:
    return np.array([values[name] for name in _names(letter, size)]).reshape(size, size)


def _table(caption: str, grid: Array) -> Table:
    columns = (f"column {j}" for j in range(1, len(grid) + 1))
    rows = tuple((f"row {i}", *map(float, row)) for i, row in enumerate(grid, 1))
    return Table(caption, ("", *columns), rows)


def _convolution(request: Request) -> Solution:
    main = request.explain(wrt=["w22"], parameters=[*_names("w", KERNEL), "b"])
    gradients = gradients_by_name(main)
    return main, [
        Paragraph(
            "A kernel of 3 × 3 weights slides over an image of 4 × 4 pixels and stops at four"
            " places; at each, the pixels under it times its weights, plus the bias, are one"
            " output: o11 is the sum of o11a, o11b and o11c, one for each row of the kernel. The"
            " kernel is half of Sobel's, which answers to vertical edges. Libraries"
            " call this a convolution; strictly it is a cross-correlation, for the kernel is not"
            " flipped."
        ),
        main,
        _table("The gradient at the outputs, δ = o − t:", _grid(gradients, "o", OUTPUT)),
        _table(
            "The gradient of the kernel. Each weight is used at all four places, so its gradient is"
            " a sum of four products δ·pixel: the kernel's gradient is the cross-correlation of the"
            " image with δ:",
            _grid(gradients, "w", KERNEL),
        ),
        _table(
            "The gradient of the image. A pixel takes part in as many outputs as places of the"
            " kernel cover it, a corner in one and the middle in four: the image's gradient is the"
            " convolution of δ with the kernel, flipped this time:",
            _grid(gradients, "x", IMAGE),
        ),
        Paragraph(
            "What to see. Sharing weights changes nothing in the rule: a weight that is used four"
            " times is a fork with four ways, and its gradient is their sum. The bias is added at"
            f" every place, so its gradient is the sum of δ. The kernel has {KERNEL**2} weights"
            f" where a linear layer from {IMAGE**2} pixels to {OUTPUT**2} outputs has"
            f" {IMAGE**2 * OUTPUT**2}."
        ),
    ]


EXAMPLES = (
    Example(
        "convolution-by-hand",
        "a 3 × 3 kernel on a 4 × 4 image: sums for shared weights",
        _inputs(),
        _convolution,
        _expression(),
    ),
)
