"""Densities and distribution functions of `scipy.stats`, imported when one is first needed."""

from chainrule.ops.distributions import continuous as continuous
from chainrule.ops.distributions import discrete as discrete
from chainrule.ops.distributions import of_vectors as of_vectors

__all__: list[str] = []
