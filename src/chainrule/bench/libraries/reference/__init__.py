"""The reference: every network trained by plain NumPy in float64, with gradients written by hand."""
