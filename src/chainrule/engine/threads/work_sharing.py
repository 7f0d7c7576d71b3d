"""Work sharing: which part of an instruction each thread computes."""

from __future__ import annotations

from chainrule.engine.jit.compile import compiled, inner

__all__ = ["share", "share_axes"]


@compiled
def share(n, grain, rank, ranks):
    """The range of n items that thread `rank` of `ranks` processes, in multiples of `grain`."""
    if ranks == 1:
        return 0, n
    grains = (n + grain - 1) // grain
    return min(grains * rank // ranks * grain, n), min(grains * (rank + 1) // ranks * grain, n)


@inner
def share_axes(outer, inner, rank, ranks):
    """The part of an array (outer, length, inner) that a thread reduces over the middle axis.

    A range of the outer axis or, where that has length 1, of the inner axis.  Returned as the
    begin and end of the outer range, then of the inner range.
    """
    if outer > 1:
        begin, end = share(outer, 1, rank, ranks)
        return begin, end, 0, inner
    begin, end = share(inner, 16, rank, ranks)
    return 0, outer, begin, end
