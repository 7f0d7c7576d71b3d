"""The comparison with other libraries: all of them timed in turn, and the report of the results."""
