"""The names of `scipy.linalg`, of functions that record; see `chainrule.scipy`."""

import scipy.linalg

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(scipy.linalg, __name__)
