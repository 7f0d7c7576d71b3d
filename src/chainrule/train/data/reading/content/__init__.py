"""The content of a file: its bytes, decompressed and decoded, within the memory it may take."""
