"""Features: how a column becomes more inputs than its value, each a function of arrays."""
