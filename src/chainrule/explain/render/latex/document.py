"""Complete LaTeX documents, which need no package but amsmath."""

from __future__ import annotations

__all__ = ["NARROW", "WIDE", "complete"]

PREAMBLE = r"""\documentclass[fleqn]{article}
\usepackage{amsmath}
\setlength{\oddsidemargin}{0pt}
\setlength{\textwidth}{16.5cm}
\setlength{\topmargin}{-1cm}
\setlength{\textheight}{24cm}
\setlength{\parindent}{0pt}
\setlength{\parskip}{1.2ex plus 0.5ex}
\setlength{\mathindent}{1em}
\begin{document}
"""
END = "\\end{document}\n"

WIDE, NARROW = 45.5, 34.0
"""Widths of a line in ems: on the page of the preamble above, and on LaTeX's own article page."""


def complete(body: str) -> str:
    """Put fragments written for a line of `WIDE` ems into a document."""
    return f"{PREAMBLE}{body}{END}"
