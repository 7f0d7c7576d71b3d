"""The names of `scipy.special`, of functions that record; see `chainrule.scipy`."""

import scipy.special

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(scipy.special, __name__)
