"""Functions of single numbers that are made of others: signs, parts, steps, numbers for nan."""

from chainrule.ops.numbers import choices as choices
from chainrule.ops.numbers import parts as parts
from chainrule.ops.numbers import queries as queries
from chainrule.ops.numbers import sinc as sinc

__all__: list[str] = []
