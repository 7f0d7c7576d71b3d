"""Reading image files: which ones a folder has, and their pixels as arrays."""
