"""Files that are complete or absent: checkpoints, atomic writes, staged folders, locks."""
