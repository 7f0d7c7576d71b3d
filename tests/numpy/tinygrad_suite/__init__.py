"""A stand-in for tinygrad: its `Tensor`, written as people write NumPy, over this package."""
