"""Threads: the pool, the barrier, the schedule of a program, and how many threads to use."""
