"""JSON for programs: stable keys, with all digits."""
