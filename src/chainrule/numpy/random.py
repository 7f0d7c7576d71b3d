"""The names of `numpy.random`, of functions that record; see `chainrule.numpy`."""

import numpy.random

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(numpy.random, __name__)
