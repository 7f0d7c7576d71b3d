"""The figures of a run that are asked for on the command line."""

from __future__ import annotations

from chainrule.errors import OptionError
from chainrule.train.figures import FORMATS

__all__ = ["figure_formats"]


def figure_formats(given: str | None, *, json: bool) -> tuple[str, ...]:
    """The formats to draw each figure in; by default PNG, or none for programs.

    >>> figure_formats("png,svg", json=False), figure_formats("none", json=False)
    (('png', 'svg'), ())
    >>> figure_formats(None, json=False), figure_formats(None, json=True)
    (('png',), ())
    """
    if given is None:
        return () if json else ("png",)
    names = [name.strip() for name in given.split(",")]
    if names == ["none"]:
        return ()
    if not set(names) <= set(FORMATS):
        raise OptionError(
            "figures",
            expected=f"none, or one or more of {', '.join(FORMATS)}",
            got=given,
            remedy="write --figures png,svg for both",
        )
    return tuple(name for name in FORMATS if name in names)
