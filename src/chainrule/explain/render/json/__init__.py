"""Renderers for programs: JSON."""
