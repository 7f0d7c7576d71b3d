"""Whole commands, from start to end, beside a short script that does the same with scikit-learn."""
