"""The worker processes: each runs one measurement at a time and answers over a pipe."""
