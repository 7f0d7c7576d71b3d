"""The array API standard: functions and names that libraries written for it use on tensors.

`tensor.__array_namespace__()` returns this module.  Its functions take and return tensors, as the
standard asks, where those of `chainrule.numpy` without tensors are NumPy's own; they record like
NumPy's functions, and have only the standard's names and arguments.  No derivative rule lives here.

    >>> import chainrule as cr
    >>> x = cr.variable([3.0, 4.0], "x")
    >>> xp = x.__array_namespace__()
    >>> xp.sum(xp.square(x)).gradients()["x"]
    Tensor([6., 8.])

Tensors differ from the standard in one way: recorded values never change, so that there is no
`x[…] = …`, and `x += y` gives a new tensor.

Source: https://data-apis.org/array-api
"""

import numpy as np

from chainrule.array_api import (
    creation,
    dtypes,
    elementwise,
    linalg,
    manipulation,
    searching,
    statistics,
)
from chainrule.array_api.creation import *
from chainrule.array_api.dtypes import *
from chainrule.array_api.elementwise import *
from chainrule.array_api.info import __array_api_version__, __array_namespace_info__
from chainrule.array_api.linalg import matmul, matrix_transpose, tensordot, vecdot
from chainrule.array_api.manipulation import *
from chainrule.array_api.searching import *
from chainrule.array_api.statistics import *

__all__: list[str] = ["__array_api_version__", "__array_namespace_info__", "linalg"]
__all__ += ["matmul", "matrix_transpose", "tensordot", "vecdot"]
__all__ += ["e", "inf", "nan", "newaxis", "pi"]
__all__ += creation.__all__
__all__ += dtypes.__all__
__all__ += elementwise.__all__
__all__ += manipulation.__all__
__all__ += searching.__all__
__all__ += statistics.__all__

e, inf, nan, pi, newaxis = np.e, np.inf, np.nan, np.pi, None


def __dir__() -> list[str]:
    return __all__
