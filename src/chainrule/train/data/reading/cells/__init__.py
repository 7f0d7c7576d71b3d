"""Cells: what the texts of a column mean, as numbers, dates, truth values or categories."""
