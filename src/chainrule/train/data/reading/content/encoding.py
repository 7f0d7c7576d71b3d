"""Text encodings: from the bytes of a file to UTF-8."""

from __future__ import annotations

import codecs

__all__ = ["FALLBACK", "to_utf8"]

FALLBACK = "cp1252"
"""What text is read as that is neither UTF-8 nor has a byte order mark: Windows-1252."""

BLOCK = 2**20
"""Bytes that are decoded together, only to see whether they can be."""

BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Those of UTF-32 come before those of UTF-16, with which they begin."""


def to_utf8(content: bytes, encoding: str | None = None, stored: bool = False) -> tuple[bytes, str]:
    """The text in UTF-8 without a byte order mark, and the encoding it was in.

    A byte order mark decides, then the `encoding` that is given; one that is only `stored` from an
    earlier file yields to UTF-8.  Without any of them, text that is not UTF-8 is taken for UTF-16
    where it looks like it, else for Windows-1252.  Raises UnicodeDecodeError, and LookupError for
    an encoding that does not exist.

    >>> to_utf8("a,ü".encode("utf-16")), to_utf8("a,ü".encode("latin-1"))
    ((b'a,\\xc3\\xbc', 'utf-16'), (b'a,\\xc3\\xbc', 'cp1252'))
    """
    if content.startswith(codecs.BOM_UTF8) and _is_utf8(content):
        return content.removeprefix(codecs.BOM_UTF8), "utf-8"
    for mark, name in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(name).encode(), name.removesuffix("-sig")
    if encoding is not None and not (stored and _is_utf8(content)):
        return content.decode(encoding).encode(), codecs.lookup(encoding).name
    if b"\0" in content[:200] and (wide := _byte_order(content)):
        return _decoded(content, wide)
    return (content, "utf-8") if _is_utf8(content) else _decoded(content, FALLBACK)


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), BLOCK):
            decoder.decode(content[start : start + BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _byte_order(content: bytes) -> str:
    """UTF-16 without a mark, by the zero bytes of its ASCII characters; empty for none."""
    head = content[:200]
    zeros = [head[i::2].count(0) / max(len(head[i::2]), 1) for i in (0, 1)]
    if max(zeros) > 0.9 and min(zeros) == 0.0:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return ""


def _decoded(content: bytes, name: str) -> tuple[bytes, str]:
    # bytes that Windows-1252 leaves undefined are control characters in Latin-1
    try:
        return content.decode(name).encode(), name
    except UnicodeDecodeError:
        return content.decode("latin-1").encode(), "latin-1"
