"""Passes over the bodies of loops."""

from chainrule.program.loops.constant_factors import keep_constant_factors
from chainrule.program.loops.loop_carry import carry_in_place
from chainrule.program.loops.moving_views import move_views

__all__ = ["carry_in_place", "keep_constant_factors", "move_views"]
