"""Sequences of numbers: differences, integrals, convolutions, interpolation, polynomials."""

from chainrule.ops.signals import convolutions as convolutions
from chainrule.ops.signals import differences as differences
from chainrule.ops.signals import interpolation as interpolation
from chainrule.ops.signals import polynomials as polynomials

__all__: list[str] = []
