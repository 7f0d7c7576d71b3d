"""Loss functions: one number that measures how far outputs are from targets.

They are composed of recorded operations, so they need no rules of their own for gradients,
explanations and programs.  The last axis of an output holds one row's outputs; all axes before it
count rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.arguments import real_number
from chainrule.errors import OptionError, ShapeError
from chainrule.ops.elementwise import abs, softplus, square, where
from chainrule.ops.indexing import one_hot
from chainrule.ops.padding import any_of, counted, counted_labels, mean_of_counted
from chainrule.ops.reductions import log_loss, log_softmax, mean, sum
from chainrule.ops.tensor import Operand, Tensor, constant, lift

__all__ = ["LOSSES", "binary_cross_entropy", "cross_entropy", "half_squared_error", "huber", "mse"]


def half_squared_error(
    output: Operand,
    target: Operand,
    *,
    ignore: float | None = None,
    mask: Operand | None = None,
) -> Tensor:
    """Half squared error, the loss of lecture notes: summed over outputs, mean over rows.

    L = Σₖ ½(targetₖ − outputₖ)²,  ∂L/∂outputₖ = outputₖ − targetₖ

    `output` and `target` have the same shape: (), (K,) for one row, or (B, K) or more axes before.
    Raises ShapeError otherwise.  `ignore` and `mask` leave entries out, as in `mse`; the mean is
    then over the rows in which some entry counts.

    >>> import chainrule as cr
    >>> half_squared_error([0.75, 0.5], [0.25, 1.0])
    Tensor(0.25)

    Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
    """
    output, target = _paired("half_squared_error", output, target)
    counts, target = counted("half_squared_error", target, ignore, mask)
    loss = 0.5 * square(target - output)
    loss = loss if counts is None else where(counts, loss, 0.0)
    if loss.ndim < 2:
        return sum(loss) if loss.ndim else loss
    rows = sum(loss, axis=-1)
    return mean(rows) if counts is None else mean_of_counted(rows, any_of(counts, loss.dtype))


def mse(
    output: Operand,
    target: Operand,
    *,
    ignore: float | None = None,
    mask: Operand | None = None,
) -> Tensor:
    """Mean squared error over all n entries.

    L = 1/n · Σ (output − target)²,  ∂L/∂outputₖ = 2/n · (outputₖ − targetₖ)

    `output` and `target` have the same shape, else ShapeError is raised.  Padding is left out, of
    the sum and of n: entries whose target is `ignore`, a number or NaN, and those for which `mask`
    is False, of booleans in the shape of the target, or in that of its rows (…) for targets (…, K).
    If no entry counts, L is 0.

    >>> import chainrule as cr
    >>> mse([1.0, 2.0], [1.0, 4.0])
    Tensor(2.0)
    >>> mse([1.0, 2.0, 9.0], [1.0, 4.0, np.nan], ignore=np.nan)
    Tensor(2.0)
    """
    output, target = _paired("mse", output, target)
    counts, target = counted("mse", target, ignore, mask)
    return mean_of_counted(square(output - target), counts)


def huber(
    output: Operand,
    target: Operand,
    delta: float = 1.0,
    *,
    ignore: float | None = None,
    mask: Operand | None = None,
) -> Tensor:
    """Huber loss: squared for small errors, linear for large ones; mean over all n entries.

    r = output − target,  L = 1/n · Σ (½r² where |r| ≤ δ, else δ(|r| − ½δ))
    ∂L/∂outputₖ = 1/n · min(max(rₖ, −δ), δ)

    `output` and `target` have the same shape, else ShapeError is raised; OptionError unless δ > 0.
    `ignore` and `mask` leave entries out, as in `mse`.

    >>> import chainrule as cr
    >>> huber([0.5, 3.0], [0.0, 0.0])
    Tensor(1.3125)

    Huber, "Robust estimation of a location parameter", 1964.
    """
    delta = real_number("huber delta", delta)
    if not 0 < delta < math.inf:
        raise OptionError("huber delta", expected="a number above 0", got=f"{delta}")
    output, target = _paired("huber", output, target)
    counts, target = counted("huber", target, ignore, mask)
    error = output - target
    size = abs(error)
    losses = where(size <= delta, 0.5 * square(error), delta * (size - 0.5 * delta))
    return mean_of_counted(losses, counts)


def binary_cross_entropy(
    logits: Operand,
    target: Operand,
    *,
    ignore: float | None = None,
    mask: Operand | None = None,
) -> Tensor:
    """Binary cross-entropy of logits z with targets t in [0, 1]; mean over all n entries.

    L = −1/n · Σ (t·ln σ(z) + (1 − t)·ln(1 − σ(z))) = 1/n · Σ (t·softplus(−z) + (1 − t)·softplus(z))
    ∂L/∂zₖ = 1/n · (σ(zₖ) − tₖ)

    The second form is recorded: it cannot overflow, and the loss of a confident right answer keeps
    its digits.  `logits` and `target` have the same shape, else ShapeError is raised; OptionError
    for targets outside [0, 1].  `ignore` and `mask` leave entries out, as in `mse`.

    >>> import chainrule as cr
    >>> round(binary_cross_entropy([0.0, 1000.0], [1, 1]).item(), 6)
    0.346574
    """
    logits, target = _paired("binary_cross_entropy", logits, target)
    counts, target = counted("binary_cross_entropy", target, ignore, mask)
    value = target.node.value
    if value is not None and value.size and not (value.min() >= 0 and value.max() <= 1):
        raise OptionError(
            "binary_cross_entropy",
            expected="targets between 0 and 1",
            got=f"targets between {value.min():g} and {value.max():g}",
            remedy="number the two classes 0 and 1",
        )
    losses = target * softplus(-logits) + (1.0 - target) * softplus(logits)
    return mean_of_counted(losses, counts)


def cross_entropy(
    logits: Operand,
    labels: Operand,
    weights: Operand | None = None,
    *,
    ignore: int | None = None,
    mask: Operand | None = None,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Cross-entropy of logits z with integer labels y: the mean over rows of −ln softmax(z)_y.

    L = −1/B · Σᵢ ln pᵢ,yᵢ  with  p = softmax(z),  ∂L/∂zᵢₖ = 1/B · (pᵢₖ − [k = yᵢ])

    `logits` are (K,) with one label (), or (B, K) with labels (B,), or have more axes before the
    last, such as (B, T, K) with (B, T).  With class `weights` (K,), it is the weighted mean
    Σᵢ w_yᵢ·lᵢ / Σᵢ w_yᵢ.

    Padding is left out, of the sum and of B: rows whose label is `ignore`, which need not be a
    class, and those for which `mask` is False, of booleans in the shape of the labels.  If no row
    counts, L is 0.  With `label_smoothing` ε, the label gets 1 − ε of a row's target, and all K
    classes share ε:  lᵢ = −Σₖ wₖ·((1 − ε)·[k = yᵢ] + ε/K)·ln pᵢₖ, where wₖ is 1 without weights.

    Raises ShapeError if the shapes do not fit, and OptionError for labels that are not integers in
    0 … K − 1, negative weights, and a smoothing that is not from 0 to 1.

    >>> import numpy as np, chainrule as cr
    >>> round(cross_entropy([0.0, 0.0], 1).item(), 6)
    0.693147
    >>> cr.grad(lambda z: cross_entropy(z, [0, 1]))(np.zeros((2, 2)))
    array([[-0.25,  0.25],
           [ 0.25, -0.25]])
    >>> round(cross_entropy([[0.0, 0.0], [5.0, 9.0]], [1, -1], ignore=-1).item(), 6)
    0.693147

    Bridle, "Probabilistic interpretation of feedforward classification network outputs", 1990;
    Szegedy et al., "Rethinking the Inception architecture", 2016, for label smoothing.
    """
    logits, labels = _as_floating("cross_entropy", lift(logits)), lift(labels)
    if not logits.ndim or labels.shape != logits.shape[:-1]:
        raise ShapeError(
            "cross_entropy",
            expected="logits (K,) with one label, or (B, K) with labels (B,)",
            got=f"logits {logits.shape} and labels {labels.shape}",
            remedy="labels are class numbers, not rows of zeros and ones",
        )
    smoothing = real_number("cross_entropy label_smoothing", label_smoothing)
    if not 0 <= smoothing <= 1:
        expected = "a number from 0 to 1"
        raise OptionError("cross_entropy label_smoothing", expected=expected, got=f"{smoothing}")
    counts, labels = counted_labels(labels, ignore, mask, logits.dtype)
    hot = one_hot(labels, logits.shape[-1], logits.dtype)  # raises for labels out of range
    losses = log_loss(logits, labels)
    if weights is None and not smoothing:
        return mean_of_counted(losses, counts)
    scale = None if weights is None else _class_weights(weights, logits)
    shares = None if scale is None else sum(hot * scale, axis=-1)
    losses = losses if shares is None else shares * losses
    if smoothing:
        logs = -log_softmax(logits)
        even = mean(logs if scale is None else logs * scale, axis=-1)
        losses = (1.0 - smoothing) * losses + smoothing * even
    return mean_of_counted(losses, counts, shares)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    loss.__name__: loss
    for loss in (half_squared_error, mse, huber, binary_cross_entropy, cross_entropy)
}
"""Every loss by its name, as a function of outputs and targets."""


def _paired(where: str, output: Operand, target: Operand) -> tuple[Tensor, Tensor]:
    """Return output and target in the same floating dtype.

    Raises ShapeError unless their shapes are equal: (B,) and (B, 1) would broadcast to (B, B).
    """
    output, target = _as_floating(where, lift(output)), _real(where, lift(target))
    if output.shape != target.shape:
        raise ShapeError(
            where,
            expected=f"a target of the output's shape {output.shape}",
            got=f"{target.shape}",
            remedy="reshape the target: broadcasting would compare every row with every other",
        )
    return output, _as_dtype(target, output.dtype)


def _real(where: str, x: Tensor) -> Tensor:
    """Return `x`.  Raises OptionError if it is complex: a loss is a real number."""
    if x.dtype.kind == "c":
        raise OptionError(
            where,
            expected="real numbers",
            got=f"{x.node.label} of {x.dtype}",
            remedy="write the loss with np.abs of the differences",
        )
    return x


def _as_floating(where: str, x: Tensor) -> Tensor:
    """Return the real `x` in float64 unless it is floating point already."""
    return _real(where, x) if x.spec.differentiable else _as_dtype(x, np.float64)


def _as_dtype(x: Tensor, dtype: Any) -> Tensor:
    """Return `x` in another dtype; for a constant, no conversion is recorded."""
    if x.dtype == dtype:
        return x
    if x.node.kind == "constant":
        return constant(x.value.astype(dtype))
    return x.astype(dtype)


def _class_weights(weights: Operand, logits: Tensor) -> Tensor:
    weights = _as_dtype(_real("cross_entropy weights", lift(weights)), logits.dtype)
    value = weights.node.value
    if weights.shape != logits.shape[-1:]:
        raise ShapeError(
            "cross_entropy weights",
            expected=f"one for each of {logits.shape[-1]} classes",
            got=f"shape {weights.shape}",
        )
    if value is not None and not (value.min() >= 0 and 0 < value.sum() < math.inf):
        raise OptionError(
            "cross_entropy weights",
            expected="numbers from 0 up, not all of them 0",
            got=np.array2string(value, threshold=8),
        )
    return weights
