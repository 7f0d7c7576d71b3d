"""Figures inside a notebook: what a `History` displays."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from chainrule.train.figures.gradients_by_epoch import gradient_flow
from chainrule.train.figures.image_files import to_svg
from chainrule.train.figures.loss import loss_curve
from chainrule.train.loop.history import EpochRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves", "image"]


def curves(history: Sequence[EpochRecord]) -> str:
    """Loss and gradient norms by epoch, as two images in HTML."""
    if not history:
        return "<div>a history of no epochs</div>"
    images = image(loss_curve(history), "loss by epoch")
    if any(record.gradient_norms for record in history):
        images += image(gradient_flow(history), "gradient norm of each layer by epoch")
    return f"<div>{images}</div>"


def image(figure: Figure, alternative: str) -> str:
    """A figure as an HTML image that contains its data; `alternative` is its text for readers."""
    data = b64encode(to_svg(figure)).decode()
    style = "max-width:100%;background:white"
    return (
        f'<img alt="{escape(alternative)}" style="{style}" src="data:image/svg+xml;base64,{data}">'
    )
