"""The reference: every network in plain NumPy and float64, with gradients written by hand."""
