"""The pixels of one image file, read by Pillow within limits."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.images.reading.formats import FORMATS
from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.reading.content.regular_file import read_content

__all__ = ["MOST_PIXELS", "grey", "read_image"]

MOST_PIXELS = 50_000_000
"""The largest image that is decoded; a small file can say that it has far more."""

LUMA = np.array([0.299, 0.587, 0.114])
"""How bright red, green and blue are (ITU-R BT.601)."""


def read_image(path: Path, limit: int, size: int | None = None) -> Array:
    """The pixels from 0 to 1, float32, `(H, W)` of a grey image or `(H, W, 3)`.

    With a `size` the image is scaled to that many pixels in height and width.  It may take `limit`
    bytes.  Of several frames the first is read; what is transparent is white.  Raises DataError for
    a file that is no image, damaged or too large.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        raise DataError(
            str(path),
            expected="Pillow, which reads images",
            got="none installed",
            remedy="try: pip install 'chainrule[images]'",
        ) from None
    content = read_content(path, limit)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata; sizes are checked here
            with Image.open(io.BytesIO(content), formats=sorted({*FORMATS.values()})) as image:
                _check_pixels(path, image.width, image.height, limit)
                image.load()
                return _collapsed(_pixels(ImageOps.exif_transpose(image), size))
    except DataError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(path, "far more") from None
    except Exception as error:  # Pillow's decoders raise whatever damaged bytes lead to
        words = " ".join(str(error).split())
        unknown = type(error).__name__ == "UnidentifiedImageError"
        raise DataError(
            str(path),
            expected="an image",
            got="something else, or a damaged one" if unknown else f"a damaged one ({words[:60]})",
            remedy="replace it, or take it out of the folder",
        ) from None


def grey(pixels: Array) -> Array:
    """Pixels `(H, W, 3)` as grey ones `(H, W)`; grey ones as they are.

    >>> grey(np.array([[[1.0, 0.0, 0.0]]]))
    array([[0.299]])
    """
    return pixels if pixels.ndim == 2 else (pixels @ LUMA).astype(pixels.dtype)


def _check_pixels(path: Path, width: int, height: int, limit: int) -> None:
    most = min(MOST_PIXELS, max(limit // 32, 1))  # decoded, and in colours as floats
    if width * height > most:
        raise _too_large(path, f"{width:,} × {height:,}", most)


def _too_large(path: Path, got: str, most: int = MOST_PIXELS) -> DataError:
    return DataError(
        str(path),
        expected=f"at most {most / 1e6:.3g} million pixels",
        got=got,
        remedy="scale the image down",
    )


def _pixels(image: Any, size: int | None) -> Array:
    """The pixels of a decoded image from 0 to 1."""
    from PIL import Image

    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        whole = np.asarray(image, np.float32)
        most = 65535.0 if image.mode != "F" else max(1.0, float(np.nanmax(whole, initial=0.0)))
        image = Image.fromarray(np.clip(np.nan_to_num(whole) / most, 0, 1))
        scaled = image if size is None else image.resize((size, size), Image.Resampling.BOX)
        return np.asarray(scaled, np.float32)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        above = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above).convert("RGB")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if size is not None and image.size != (size, size):
        image = image.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=3.0)
    return np.asarray(image, np.float32) / np.float32(255)


def _collapsed(pixels: Array) -> Array:
    """An image in colour that has none, as a grey one."""
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    return pixels
