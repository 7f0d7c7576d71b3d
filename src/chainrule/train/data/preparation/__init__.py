"""Preparation: which rows and columns of a table are learnt from, and what is said about that."""
