"""Columns aligned with spaces and tabs, as text with one tab between cells."""

from __future__ import annotations

import numpy as np

__all__ = ["tabs_for_spaces"]


def tabs_for_spaces(content: bytes) -> bytes:
    r"""The text with one tab for each run of spaces and tabs outside quotes.

    >>> tabs_for_spaces(b' 18.0  8 \t"ford torino"\n15.0  8   "buick"\n')
    b'18.0\t8\t"ford torino"\n15.0\t8\t"buick"\n'
    """
    text = np.frombuffer(content.replace(b"\r\n", b"\n"), np.uint8)
    outside = ~np.logical_xor.accumulate(text == ord('"'))
    blank = ((text == ord(" ")) | (text == ord("\t"))) & outside
    edge = np.concatenate([[True], blank[:-1] | (text[:-1] == ord("\n"))])
    joined = np.where(blank, np.uint8(ord("\t")), text)[~(blank & edge)].tobytes()
    return joined.replace(b"\t\n", b"\n").removesuffix(b"\t")
