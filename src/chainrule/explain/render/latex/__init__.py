"""LaTeX that needs no package but amsmath: complete documents, and fragments to include."""
