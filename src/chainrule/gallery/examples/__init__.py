"""The worked examples, one subject a file."""
