"""The texts of pairs: read or generated, divided, and as sequences of numbers."""
