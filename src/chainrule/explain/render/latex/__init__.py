"""Renderers for LaTeX that need nothing but amsmath."""
