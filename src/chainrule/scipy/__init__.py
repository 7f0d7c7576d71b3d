"""SciPy's names, for code that is to be recorded: `from chainrule.scipy import special, stats`.

A function records if a tensor is among its arguments, also within lists; else it is SciPy's own.
"""

import scipy

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(
    scipy, __name__, "integrate", "linalg", "signal", "special", "stats"
)
