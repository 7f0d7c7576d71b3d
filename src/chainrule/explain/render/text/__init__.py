"""Renderers for the terminal: plain text of at most 80 columns."""
