"""The layers that come with the package, one family per file."""
