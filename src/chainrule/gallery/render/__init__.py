"""Renderers of reports: each turns the blocks into one form; derivations render themselves."""
