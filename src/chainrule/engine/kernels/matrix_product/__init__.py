"""The kernel of matrix products: a tile of the result at a time, from packed panels."""

from chainrule.engine.kernels.matrix_product.packing import pack_panel, panel_width
from chainrule.engine.kernels.matrix_product.product import (
    PANEL_DEPTH,
    SPLITS,
    TILE_COLUMNS,
    advance,
    multiply,
    multiply_panel,
    multiply_panels,
    packed_size,
    scratch_size,
    split,
)

__all__: list[str] = ["PANEL_DEPTH", "SPLITS", "TILE_COLUMNS", "advance", "multiply"]
__all__ += ["multiply_panel", "multiply_panels", "pack_panel", "packed_size", "panel_width"]
__all__ += ["scratch_size", "split"]
