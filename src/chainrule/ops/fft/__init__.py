"""Discrete Fourier transforms, along one axis and along several, as in `numpy.fft`."""

from chainrule.ops.fft import one_axis, several_axes
from chainrule.ops.fft.one_axis import *
from chainrule.ops.fft.several_axes import *
from chainrule.ops.movement import fourier as fourier  # registers the shifts of spectra

__all__: list[str] = []
__all__ += one_axis.__all__
__all__ += several_axes.__all__
