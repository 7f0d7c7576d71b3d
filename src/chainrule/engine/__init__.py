"""The engine: it runs programs, with an interpreter and kernels compiled by Numba.

Its folders import downwards only: `jit`, then `simd`, `threads`, `kernels`, `emission`,
`instructions`, `small_programs`, `optimizer_updates`, `interpreter`, and on top `inference` and
`compiled_evaluator`.
"""

from chainrule.engine.jit.numba_settings import check_settings

check_settings()

from chainrule.engine.interpreter import Runner  # noqa: E402  (imports Numba)

__all__ = ["Runner"]
