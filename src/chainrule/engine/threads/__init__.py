"""Threads: the thread pool, how many threads to use, and how they share out a program.

This folder decides which thread does which part of the work and when threads wait for each other.
No digit of a result depends on it.
"""

from chainrule.engine.threads.pool import run_parallel
from chainrule.engine.threads.thread_count import ThreadCountTuner, thread_limit

__all__ = ["ThreadCountTuner", "run_parallel", "thread_limit"]
