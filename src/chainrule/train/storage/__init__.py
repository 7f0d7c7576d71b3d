"""Storage: files and folders that are either complete or absent, checkpoints, and locks.

Nothing here knows of training; a checkpoint is named arrays and counters.  Nothing is exported
here either, since every command that writes a file imports `atomic` and needs no more.
"""
