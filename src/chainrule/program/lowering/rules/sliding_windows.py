"""Sliding windows as instructions read them: a view with three windowed axes."""

from __future__ import annotations

import math
from dataclasses import replace

from chainrule.graph import Node
from chainrule.program.view import View

__all__ = ["AXES", "Shape", "rows_of_windows", "three_axes", "windows_of"]

Shape = tuple[int, ...]

AXES = 3
"""The windowed axes of an instruction; fewer are led by axes of length 1."""


def windows_of(x: View, size: Shape, stride: Shape, dilation: Shape) -> View:
    """The windows over the last axes of x, as `unfold` has them: the same memory."""
    axes = len(size)
    rest, last = x.shape[: len(x.shape) - axes], x.shape[len(x.shape) - axes :]
    before, along = x.strides[: len(rest)], x.strides[len(rest) :]
    settings = zip(last, size, stride, dilation, strict=True)
    counts = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in settings)
    between = tuple(step * n for step, n in zip(stride, along, strict=True))
    inside = tuple(step * n for step, n in zip(dilation, along, strict=True))
    return View(x.buffer, (*rest, *counts, *size), (*before, *between, *inside), x.offset)


def three_axes(windows: View, axes: int) -> View:
    """Windows over `axes` axes as windows over three."""
    rest, ones, zeros = len(windows.shape) - 2 * axes, (1,) * (AXES - axes), (0,) * (AXES - axes)

    def led(numbers: Shape, lead: Shape) -> Shape:
        middle = rest + axes
        return (*numbers[:rest], *lead, *numbers[rest:middle], *lead, *numbers[middle:])

    return replace(windows, shape=led(windows.shape, ones), strides=led(windows.strides, zeros))


def rows_of_windows(node: Node) -> Node | None:
    """The `unfold` whose windows are the rows of a matrix (B·O…, D·K…), if it is one of these."""
    if node.kind != "reshape" or node.inputs[0].kind != "transpose":
        return None
    transposed = node.inputs[0]
    windows = transposed.inputs[0]
    if windows.kind != "unfold":
        return None
    axes, shape = len(windows.params["size"]), windows.spec.shape
    middle = range(2, 2 + axes)
    order = (0, *middle, 1, *range(2 + axes, 2 + 2 * axes))
    if len(shape) != 2 + 2 * axes or axes > AXES or transposed.params["axes"] != order:
        return None
    rows = math.prod(shape[i] for i in (0, *middle))
    depth = shape[1] * math.prod(shape[2 + axes :])
    return windows if node.spec.shape == (rows, depth) else None
