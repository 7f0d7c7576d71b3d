"""Plain text for terminals: at most 80 columns and no colour."""
