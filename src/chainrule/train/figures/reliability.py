"""The reliability diagram: whether confident predictions are right as often as they claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chainrule.train.evaluation.calibration import BINS, Calibration
from chainrule.train.figures.axes_style import FAINT, INK, TRAIN, canvas, drawn, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["reliability_diagram"]


@drawn
def reliability_diagram(found: Calibration, *, part: str = "test") -> Figure:
    """Accuracy by confidence, a point for each bin; calibrated ones are on the diagonal.

    The area of a point is proportional to the number of its rows.

    >>> figure = reliability_diagram(Calibration((0.6, 0.9), (0.5, 1.0), (4, 36)))
    >>> figure.axes[0].get_title(loc="left")
    'Reliability on 40 test rows: calibration error 0.1'

    Niculescu-Mizil, Caruana: Predicting good probabilities with supervised learning, ICML 2005.
    """
    rows = np.array(found.rows)
    title = f"Reliability on {rows.sum():,} {part} rows: calibration error {number(found.error)}"
    figure, axes = canvas(5.4, 5.0, title)
    axes.plot([0, 1], [0, 1], color=INK, lw=1.2, ls=(0, (4, 2)), label="perfectly calibrated")
    sizes = 25 + 375 * rows / rows.max()
    label = f"bins of confidence (of {BINS}), larger for more rows"
    axes.scatter(found.confidence, found.accuracy, s=sizes, color=TRAIN, alpha=0.8, label=label)
    axes.set_xlim(-0.02, 1.05)
    axes.set_ylim(-0.05, 1.05)
    axes.set_xlabel("confidence: mean probability of the predicted class")
    axes.set_ylabel("accuracy")
    axes.grid(color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    # A handle of one size, whatever the first point's is.
    below = figure.legend(loc="outside lower left", frameon=False, labelcolor=INK)
    for handle in below.legend_handles:
        if hasattr(handle, "set_sizes"):
            handle.set_sizes([60])  # type: ignore[union-attr]
    return figure
