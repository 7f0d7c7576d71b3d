"""Converts what the renderers write to PDF and PNG, by a program that is found on the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from chainrule.errors import OptionError

__all__ = ["check_converter", "html_to_pdf", "latex_to_pdf", "svg_to_pdf", "svg_to_png"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

TIMEOUT = 120
"""Seconds that a program may take."""


def check_converter(form: str, drawing: bool = False) -> None:
    """Raise OptionError, before any work, where no program can write this form.

    A `drawing` is converted by a browser only; a derivation also by pdflatex.
    """
    if form not in ("pdf", "png") or _browser() or (form == "pdf" and not drawing and _pdflatex()):
        return
    programs = "pdflatex or Chromium" if form == "pdf" and not drawing else "Chromium"
    instead = "-o notes.tex, or -o page.html and print it" if form == "pdf" else "-o graph.svg"
    raise OptionError(
        "output",
        expected=f"{programs} on this machine, which would write the {form.upper()}",
        got="none on the PATH",
        remedy=f"install one, or take {instead}",
    )


def latex_to_pdf(source: str) -> bytes | None:
    """The PDF of a LaTeX document; None where there is no pdflatex."""
    program = _pdflatex()
    if program is None:
        return None
    with TemporaryDirectory() as folder:
        Path(folder, "notes.tex").write_text(source, encoding="utf-8")
        words = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape"]
        _run([*words, "notes.tex"], folder)
        return _result(Path(folder, "notes.pdf"), program)


def html_to_pdf(page: str) -> bytes:
    """The PDF of a page, printed by a browser."""
    return _browsed(
        page, "page.html", "page.pdf", "--print-to-pdf=page.pdf", "--no-pdf-header-footer"
    )


def svg_to_pdf(drawing: str) -> bytes:
    """The PDF of a drawing, on a page of its own size."""
    width, height = _size(drawing)
    style = f"@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }}"
    return html_to_pdf(f'<!doctype html><meta charset="utf-8"><style>{style}</style>{drawing}')


def svg_to_png(drawing: str) -> bytes:
    """The PNG of a drawing, at twice its size in pixels."""
    width, height = _size(drawing)
    page = f'<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }}</style>{drawing}'
    size = f"--window-size={width},{height}"
    factor = "--force-device-scale-factor=2"
    return _browsed(page, "page.html", "page.png", "--screenshot=page.png", size, factor)


def _pdflatex() -> str | None:
    return shutil.which("pdflatex")


def _browser() -> str | None:
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _size(drawing: str) -> tuple[int, int]:
    width, height = (
        re.search(rf'<svg[^>]* {side}="(\d+)', drawing) for side in ("width", "height")
    )
    return (int(width[1]), int(height[1])) if width and height else (1280, 800)


def _browsed(page: str, source: str, target: str, *options: str) -> bytes:
    program = _browser()
    assert program is not None, "checked before"
    with TemporaryDirectory() as folder:
        path = Path(folder, source)
        path.write_text(page, encoding="utf-8", errors="replace")
        sandbox = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        words = [program, "--headless", "--disable-gpu", "--no-first-run", *sandbox]
        words += [f"--user-data-dir={folder}/profile", "--hide-scrollbars", *options]
        _run([*words, path.as_uri()], folder)
        return _result(Path(folder, target), program)


def _run(words: list[str], folder: str) -> None:
    try:
        subprocess.run(
            words,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(words[0], str(getattr(error, "strerror", "") or "no end of it")) from None


def _result(path: Path, program: str) -> bytes:
    content = path.read_bytes() if path.is_file() else b""
    if not content.startswith((b"%PDF", b"\x89PNG")):
        raise _failed(program, "no file that is one")
    return content


def _failed(program: str, got: str) -> OptionError:
    return OptionError(
        "output",
        expected=f"{program} to write the file",
        got=got,
        remedy="take -o notes.tex, -o page.html or -o graph.svg",
    )
