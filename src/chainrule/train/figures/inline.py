"""Pictures inside a notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from chainrule.graph.display import writer
from chainrule.train.figures.canvas import to_svg
from chainrule.train.figures.gradients import gradient_flow
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.history import EpochRecord, History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves", "image"]


@writer(History, "html")
def curves(history: Sequence[EpochRecord]) -> str:
    """Loss and gradient norms by epoch, as two pictures."""
    if not history:
        return "<div>a history of no epochs</div>"
    pictures = image(loss_curve(history), "loss by epoch")
    if any(record.gradient_norms for record in history):
        pictures += image(gradient_flow(history), "gradient norm of each layer by epoch")
    return f"<div>{pictures}</div>"


def image(figure: Figure, says: str) -> str:
    """A figure as an image that brings its own data; `says` is read where it cannot be seen."""
    data = b64encode(to_svg(figure)).decode()
    style = "max-width:100%;background:white"
    return f'<img alt="{escape(says)}" style="{style}" src="data:image/svg+xml;base64,{data}">'
