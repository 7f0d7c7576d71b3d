"""SVG drawings of circuits and networks."""
