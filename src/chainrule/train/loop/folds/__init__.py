"""Cross-validation: what each fold's training found, all of them together, and as lines of JSON."""
