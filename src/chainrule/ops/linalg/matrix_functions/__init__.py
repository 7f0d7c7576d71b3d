"""Functions of matrices that SciPy has: `chainrule.scipy.linalg` gives them SciPy's names."""

from chainrule.ops.linalg.matrix_functions.blocks import block_diag, toeplitz
from chainrule.ops.linalg.matrix_functions.expm import expm
from chainrule.ops.linalg.matrix_functions.sqrtm import sqrtm
from chainrule.ops.linalg.matrix_functions.sylvester import solve_sylvester
from chainrule.ops.linalg.matrix_functions.triangular import cho_solve, solve_triangular

__all__ = ["block_diag", "cho_solve", "expm", "solve_sylvester", "solve_triangular", "sqrtm"]
__all__ += ["toeplitz"]
