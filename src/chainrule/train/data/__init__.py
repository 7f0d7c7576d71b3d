"""Data sets: read, checked, split, encoded, and cut into mini-batches."""
