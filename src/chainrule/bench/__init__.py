"""The comparison: how long a training step takes here, and in the libraries used instead.

Every contestant gets the same data, initial weights, batch order and optimizer arithmetic, runs in
a process of its own, and is timed only after its losses agree with those of a plain NumPy loop.
"""
