"""Repetition in time: what an operation repeats, and how the results of its steps are called."""
