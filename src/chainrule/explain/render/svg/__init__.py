"""Renderers for drawings: SVG."""
