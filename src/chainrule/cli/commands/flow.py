"""`chainrule explain --flow`: how the gradient shrinks and grows, and through which neurons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.errors import OptionError

if TYPE_CHECKING:
    from chainrule.explain import Flow

__all__ = ["rendered"]


def rendered(flow: Flow, form: str, fragment: bool, drawn: bool) -> str | bytes:
    """The flow in one form; as a picture the layers, or where `drawn` the neurons of one entry."""
    match form:
        case "json":
            return flow.to_json()
        case "latex":
            return flow.to_latex(document=not fragment)
        case "html":
            return flow.to_html(_picture(flow, "svg", drawn) if _drawable(flow, drawn) else b"")
        case "svg" | "png":
            return _picture(flow, form, drawn)
        case _:
            return str(flow)


def _drawable(flow: Flow, drawn: bool) -> bool:
    """Whether there is something to draw: a page has tables else, a picture nothing."""
    if not drawn:
        return bool(flow.layers)
    return len(flow.entries) == 1 and bool(flow.entries[0].levels and flow.entries[0].absolute)


def _picture(flow: Flow, form: str, drawn: bool) -> bytes:
    from chainrule.train.figures import neurons, shrinkage, to_png, to_svg

    if drawn and len(flow.entries) != 1:
        raise OptionError(
            "wrt",
            expected="one entry to draw",
            got=f"{len(flow.entries)}",
            remedy='name one, such as --wrt "w1[0, 0]", or none for the layers',
        )
    figure = neurons(flow.entries[0], flow.output) if drawn else shrinkage(flow)
    return to_png(figure) if form == "png" else to_svg(figure)
