"""The names of `numpy.linalg`, of functions that record; see `chainrule.numpy`."""

import numpy.linalg

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(numpy.linalg, __name__)
