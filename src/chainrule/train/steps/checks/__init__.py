"""Checks of what a step computes, before the first one is made."""
