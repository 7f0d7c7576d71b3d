"""Runs that learn from a table: how it is read, the names of its columns, scored predictions."""
