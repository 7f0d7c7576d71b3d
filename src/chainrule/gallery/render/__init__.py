"""Renderers of reports, one form per file; derivations are rendered by `chainrule.explain`."""
