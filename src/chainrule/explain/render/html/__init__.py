"""Renderers for pages and notebooks: HTML and MathML, no network needed."""
