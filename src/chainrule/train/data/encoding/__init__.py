"""Encoding: how columns become numbers, fitted to training rows and kept with a run."""
