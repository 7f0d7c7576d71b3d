"""The answers of a network: decoded, judged, written for a file, and drawn."""
