"""The kernel of matrix products: a tile of the result at a time, from packed panels."""

from chainrule.engine.kernels.matrix_product.packing import pack_panel, panel_width
from chainrule.engine.kernels.matrix_product.product import (
    PANEL_DEPTH,
    TILE_COLUMNS,
    multiply,
    multiply_panel,
    multiply_panels,
    scratch_size,
    split,
)

__all__ = [
    "PANEL_DEPTH",
    "TILE_COLUMNS",
    "multiply",
    "multiply_panel",
    "multiply_panels",
    "pack_panel",
    "panel_width",
    "scratch_size",
    "split",
]
