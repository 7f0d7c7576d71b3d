"""Repetition in time: what an operation repeats, and how the results of its steps are called."""

__all__: list[str] = []  # a graph needs the names, a recurrence the graph: import the file you need
