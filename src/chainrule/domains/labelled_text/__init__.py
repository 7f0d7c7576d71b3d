"""Texts in a column of a table, each of a class that a network tells by its words."""
