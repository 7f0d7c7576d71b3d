"""Benchmarks: chainrule against other libraries, and against another checkout of itself.

Every library gets the same data, initial weights, batch order and optimizer arithmetic, runs in a
process of its own, and is timed only after its losses agree with those of a plain NumPy loop.
"""
