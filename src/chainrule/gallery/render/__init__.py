"""Renderers of reports, one form a file; derivations are rendered by `chainrule.explain`."""
