"""Contestants in processes of their own, timed in turn."""
